{# A query of the members of a type-1 dimension: one row for each key that ever arrived, with
   its last good version (a delete or a bad correction takes no name off old facts), is_deleted
   (the winning version is a delete) and is_inferred (only bad rows arrived: every attribute is
   null). #}
{% macro known_members(table_name) -%}
    {%- if not execute -%}
        {{ arrived_versions(table_name) }}
        {{- return('') -}}
    {%- endif -%}
    {%- set table = contract_table(table_name) -%}
    {%- set key = table.key[0] -%}
    select
        {{ key }},
        {% for column in table.columns if column.name != key -%}
        case when is_good then {{ column.name }} end as {{ column.name }},
        {% endfor -%}
        is_deleted_now as is_deleted,
        not is_good as is_inferred
    from (
        select
            marked.*,
            row_number() over (
                partition by {{ key }} order by is_bad, {{ version_order('marked') }}
            ) as known_rank
        from (
            select
                versions.*,
                not versions.is_deleted and quarantine_rule is null as is_good,
                case when not versions.is_deleted and quarantine_rule is null then 0 else 1 end
                    as is_bad,
                first_value(versions.is_deleted) over (
                    partition by {{ key }} order by {{ version_order('versions') }}
                    rows between unbounded preceding and unbounded following
                ) as is_deleted_now,
                count(case when not versions.is_deleted then 1 end) over (partition by {{ key }}) as upsert_count
            from ({{ arrived_versions(table_name) }}) as versions
        ) as marked
        where upsert_count > 0
            {%- if var('as_of', none) and table.event_time %}
            and ({{ table.event_time }} is null or {{ table.event_time }} <= {{ pinned_as_of() }})
            {%- endif %}
    ) as ranked
    where known_rank = 1
{%- endmacro %}
