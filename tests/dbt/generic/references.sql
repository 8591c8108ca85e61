{# Every key of a relation is one of the relation that it points to; nulls point nowhere. keys:
   column -> model.column, or {to: that, where: the rows it speaks of}. Returns each key that points
   to nothing, by how many rows, and one of its values.

   In an increment: the keys of the rows that have been written since the test passed; all keys where
   what they point to has been written too, which may have lost one. #}
{% test references(model, keys) %}
{%- set is_touched = tested_rows_touched() %}
with

{% if is_touched != 'true' -%}
touched as (
    select * from {{ model }} where {{ is_touched }}
),

{% endif -%}
{% for column, reference in keys.items() -%}
    {%- set target = (reference.to if reference is mapping else reference).split('.') %}
    {%- if is_touched != 'true' %}
pointing_{{ loop.index }} as (
    select * from touched
    union all
    select *
    from {{ model }}
    where not {{ is_touched }}
        and exists (
            select 1
            from {{ ref(target[0]) }}
            where {{ rows_touched(target[0], is_large=false) }}
        )
),
    {% endif %}
pointed_{{ loop.index }} as (
    select {{ column }} as pointed_key, count(*) as row_count
    from {{ model if is_touched == 'true' else 'pointing_%d' | format(loop.index) }}
    where {{ column }} is not null
        {%- if reference is mapping %}
        and ({{ reference.where }})
        {%- endif %}
    group by {{ column }}
),

there_{{ loop.index }} as (
    select distinct {{ target[1] }} as there_key from {{ ref(target[0]) }}
),
{% endfor %}

promises as (
    {%- for column, reference in keys.items() %}
    {%- set target = reference.to if reference is mapping else reference %}
    {{ 'union all' if not loop.first }}
    select
        {{ quoted([column ~ ' is in ' ~ target]) }} as promise,
        sum(pointed.row_count) as broken_count,
        min(cast(pointed.pointed_key as {{ text_type() }})) as example
    from pointed_{{ loop.index }} as pointed
    left join there_{{ loop.index }} as there on pointed.pointed_key = there.there_key
    where there.there_key is null
    {%- endfor %}
)

select * from promises where broken_count > 0
{% endtest %}
