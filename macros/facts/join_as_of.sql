{# The version of a dimension that held at an instant: half-open, so that exactly one version
   matches. dimension: the import CTE of dim_customer or dim_account; rows: the CTE that it is
   joined to. #}
{% macro join_as_of(dimension, natural_key, at, rows='source_rows') -%}
    left join {{ dimension }}
        on {{ rows }}.{{ natural_key }} = {{ dimension }}.{{ natural_key }}
            and {{ at }} >= {{ dimension }}.valid_from
            and {{ at }} < {{ dimension }}.valid_to
{%- endmacro %}

{# The instant at which the state of a whole day is read: its last second, so that what an
   extract of that day shows (end of day) is part of it. #}
{% macro end_of_day(day) -%}
    (cast({{ day }} as timestamp) + interval '1' day - interval '1' second)
{%- endmacro %}

{# versions: what gives the keys, where it is not the dimension itself.
   Keys of a fact row to a dimension with history, <entity>_key of the version (-1 while the
   dimension does not hold it) and <entity>_durable_key, which never changes (-1 where the row
   names none). #}
{% macro version_keys(entity, rows='source_rows', versions=none) -%}
        {%- set versions = versions or 'dim_' ~ entity -%}
        coalesce({{ versions }}.{{ entity }}_key, -1) as {{ entity }}_key,
        case
            when {{ rows }}.{{ entity }}_id is null then -1
            else coalesce(
                {{ versions }}.{{ entity }}_durable_key,
                {{ surrogate_key([rows ~ '.' ~ entity ~ '_id']) }}
            )
        end as {{ entity }}_durable_key
{%- endmacro %}
