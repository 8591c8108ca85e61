{# The touched keys of an incremental fact, as a query of its natural key: rows that changed or
   whose required parent arrived; rows at or after a change in their customer's or account's
   history; rows whose optional parent changed so that their key to it is another one now.

   base: the base model's relation; key: the fact's natural key; at: its event time; histories:
   {natural key: relation of the changes}; parents: list of {id, key, base, dimension} and,
   where the parent calls it by another name, parent_id and the dimension's key as
   dimension_key. #}
{% macro touched_rows(base, key, at, histories={}, parents=[]) -%}
    {%- set last = last_built_batch() -%}
    select {{ key }} from {{ base }} where _changed_batch_id > {{ last }}
    {%- for natural_key, changes in histories.items() %}
    union
    select built.{{ key }}
    from {{ this }} as built
    inner join (
        select
            {{ natural_key }},
            min(changed_from) as changed_from
        from {{ changes }}
        where _batch_id > {{ last }}
        group by {{ natural_key }}
    ) as changes
        on built.{{ natural_key }} = changes.{{ natural_key }}
            and built.{{ at }} >= changes.changed_from
    {%- endfor %}
    {%- for parent in parents %}
    {%- set parent_id = parent.parent_id | default(parent.id) %}
    {%- set dimension_key = parent.dimension_key | default(parent.key) %}
    union
    select built.{{ key }}
    from {{ this }} as built
    inner join (
        select
            changed.{{ parent_id }},
            coalesce(dimension.{{ dimension_key }}, -1) as current_key
        from (select {{ parent_id }} from {{ parent.base }} where _changed_batch_id > {{ last }}) as changed
        left join (select {{ parent_id }}, {{ dimension_key }} from {{ parent.dimension }}) as dimension
            on changed.{{ parent_id }} = dimension.{{ parent_id }}
    ) as parent
        on built.{{ parent.id }} = parent.{{ parent_id }}
            and built.{{ parent.key }} <> parent.current_key
    {%- endfor %}
{%- endmacro %}
