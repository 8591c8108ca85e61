{# Every key of a relation is one of the relation that it points to; nulls point nowhere. keys:
   column -> model.column, or {to: that, where: the rows it speaks of, names: what says whose key it
   is}. Returns each key that points to nothing, or not to whom the row names, by how many rows, and
   one of its values.

   names: a column, which the relation that is pointed to has too, or {column: that one's name of
   it}; a row's key is the named member's, and -1 where there is none. is_complete: there is one for
   every name. of: a model with the same key, where the name is of one of its rows. #}
{% test references(model, keys) %}
{%- set named = {} -%}
{%- for column, reference in keys.items() if reference is mapping and reference.names -%}
    {%- set names = reference.names -%}
    {%- set names = names if names is mapping else {names: names} -%}
    {%- do named.update({column: (names.items() | list)[0]}) -%}
{%- endfor %}

with

{% for column, reference in keys.items() -%}
    {%- set target = (reference.to if reference is mapping else reference).split('.') %}
pointed_{{ loop.index }} as (
    select {{ column }} as pointed_key, count(*) as row_count
    from {{ model }}
    where {{ column }} is not null
        {%- if reference is mapping and reference.where %}
        and ({{ reference.where }})
        {%- endif %}
    group by {{ column }}
),

there_{{ loop.index }} as (
    select distinct {{ target[1] }} as there_key from {{ ref(target[0]) }}
),
{% endfor %}

{% for column, (name, their_name) in named.items() -%}
{%- set reference = keys[column] %}
{%- set target = reference.to.split('.') %}
named_{{ loop.index }} as (
    select {{ column }} as pointed_key, {{ name }} as member_name, count(*) as row_count
    from {{ model }}
    {%- if reference.where %}
    where {{ reference.where }}
    {%- endif %}
    group by {{ column }}, {{ name }}
),

members_{{ loop.index }} as (
    select
        {{ their_name }} as member_name,
        {{ column if reference.of else target[1] }} as member_key
    from {{ ref(reference.of or target[0]) }}
    where {{ their_name }} is not null
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
    {%- for column, (name, _) in named.items() %}
    union all
    select
        {{ quoted([column ~ ' is that of ' ~ name]) }},
        sum(named.row_count),
        min(cast(named.member_name as {{ text_type() }}))
    from named_{{ loop.index }} as named
    left join members_{{ loop.index }} as members on named.member_name = members.member_name
    where named.pointed_key is distinct from coalesce(members.member_key, -1)
        {%- if keys[column].is_complete %}
        or (members.member_key is null and named.member_name is not null)
        {%- endif %}
    {%- endfor %}
)

select * from promises where broken_count > 0
{% endtest %}
