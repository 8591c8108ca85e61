{# Every key of a relation is one of the relation that it points to; nulls point nowhere. keys:
   column -> model.column, or {to: that, where: the rows it speaks of, names: what says whose key it
   is}. Returns each key that points to nothing, or not to whom the row names, by how many rows, and
   one of its values.

   names: a column, which the relation that is pointed to has too, or {column: that one's name of
   it}; a row's key is the named member's, and -1 where there is none. is_complete: there is one for
   every name. of: a model with the same key, where the name is of one of its rows.

   In an increment: the keys of the rows that have been written since the test passed; all keys where
   what they point to, or are read from, has been written too, which may have lost or gained one. #}
{% test references(model, keys) %}
{%- set is_touched = tested_rows_touched() -%}
{%- set references = [] -%}
{%- for column, given in keys.items() -%}
    {%- set reference = given if given is mapping else {'to': given} -%}
    {%- set names = reference.names -%}
    {%- set named = (names.items() | list)[0] if names is mapping else [names, names] -%}
    {%- do references.append({
        'column': column,
        'to': reference.to.split('.'),
        'where': reference.where,
        'name': named[0],
        'their_name': named[1],
        'of': reference.of,
        'is_complete': reference.is_complete,
    }) -%}
{%- endfor -%}
{%- set named_references = references | selectattr('name') | list %}

with

{% if is_touched != 'true' -%}
touched as (
    select * from {{ model }} where {{ is_touched }}
),

{% endif -%}
{% for reference in references -%}
    {%- if is_touched != 'true' %}
pointing_{{ reference.column }} as (
    select * from touched
    union all
    select *
    from {{ model }}
    where not {{ is_touched }}
        and (
            {%- for name in [reference.to[0], reference.of] if name %}
            {{ 'or' if not loop.first }} exists (
                select 1
                from {{ ref(name) }}
                where {{ rows_touched(name, is_large=false) }}
            )
            {%- endfor %}
        )
),
    {% endif %}
pointed_{{ reference.column }} as (
    select
        {{ reference.column }} as pointed_key,
        {% if reference.name -%}
        {{ reference.name }} as member_name,
        {% endif -%}
        count(*) as row_count
    from {{ model if is_touched == 'true' else 'pointing_' ~ reference.column }}
    {%- if reference.where %}
    where {{ reference.where }}
    {%- endif %}
    group by {{ reference.column }}{{ ', ' ~ reference.name if reference.name }}
),

there_{{ reference.column }} as (
    select distinct {{ reference.to[1] }} as there_key from {{ ref(reference.to[0]) }}
),
{% endfor %}

{% for reference in named_references -%}
members_{{ reference.column }} as (
    select
        {{ reference.their_name }} as member_name,
        {{ reference.column if reference.of else reference.to[1] }} as member_key
    from {{ ref(reference.of or reference.to[0]) }}
    where {{ reference.their_name }} is not null
),
{% endfor %}

promises as (
    {%- for reference in references %}
    {{ 'union all' if not loop.first }}
    select
        {{ quoted([reference.column ~ ' is in ' ~ reference.to | join('.')]) }} as promise,
        sum(pointed.row_count) as broken_count,
        min(cast(pointed.pointed_key as {{ text_type() }})) as example
    from pointed_{{ reference.column }} as pointed
    left join there_{{ reference.column }} as there on pointed.pointed_key = there.there_key
    where pointed.pointed_key is not null and there.there_key is null
    {%- endfor %}
    {%- for reference in named_references %}
    union all
    select
        {{ quoted([reference.column ~ ' is that of ' ~ reference.name]) }},
        sum(pointed.row_count),
        min(cast(pointed.member_name as {{ text_type() }}))
    from pointed_{{ reference.column }} as pointed
    left join members_{{ reference.column }} as members
        on pointed.member_name = members.member_name
    where pointed.pointed_key is distinct from coalesce(members.member_key, -1)
        {%- if reference.is_complete %}
        or (pointed.member_name is not null and members.member_key is null)
        {%- endif %}
    {%- endfor %}
)

select * from promises where broken_count > 0
{% endtest %}
