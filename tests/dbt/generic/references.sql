{# Every key of a relation is one of the relation that it points to; nulls point nowhere. keys:
   column -> model.column, or {to: that, where: the rows it speaks of}. Returns each key that points
   to nothing, by how many rows, and one of its values. #}
{% test references(model, keys) %}
with

{% for column, reference in keys.items() -%}
    {%- set target = (reference.to if reference is mapping else reference).split('.') %}
pointed_{{ loop.index }} as (
    select {{ column }} as pointed_key, count(*) as row_count
    from {{ model }}
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
