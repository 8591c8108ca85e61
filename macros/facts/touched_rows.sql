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
    {{ adapter.dispatch('built_since_changes', 'bullion')(key, at, natural_key, changes, last) }}
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

{# The rows of the model's own table at or after the first new change of their customer or account. #}
{% macro default__built_since_changes(key, at, natural_key, changes, last) -%}
    select built.{{ key }}
    from {{ this }} as built
    inner join ({{ _first_changes(natural_key, changes, last) }}) as changes
        on built.{{ natural_key }} = changes.{{ natural_key }}
            and built.{{ at }} >= changes.changed_from
{%- endmacro %}

{# A night's changes are of last night, and few rows follow them: where the model has an index by
   customer or account and event time they are looked up in it. Distinct, though a key stands
   once, so that the lookup is not made a join that reads the whole fact. #}
{% macro postgres__built_since_changes(key, at, natural_key, changes, last) -%}
    {%- set indexed = config.get('indexes', []) | map(attribute='columns') | list -%}
    {%- if [natural_key, at] in indexed -%}
    select found.{{ key }}
    from ({{ _first_changes(natural_key, changes, last) }}) as changes
    cross join lateral (
        select distinct built.{{ key }}
        from {{ this }} as built
        where built.{{ natural_key }} = changes.{{ natural_key }}
            and built.{{ at }} >= changes.changed_from
    ) as found
    {%- else -%}
    {{ bullion.default__built_since_changes(key, at, natural_key, changes, last) }}
    {%- endif -%}
{%- endmacro %}

{% macro _first_changes(natural_key, changes, last) -%}
        select
            {{ natural_key }},
            min(changed_from) as changed_from
        from {{ changes }}
        where _batch_id > {{ last }}
        group by {{ natural_key }}
{%- endmacro %}
