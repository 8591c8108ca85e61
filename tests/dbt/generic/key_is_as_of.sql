{# A fact's keys name the one version of its customer's and account's natural key that held at an
   instant, with the same durable key; -1 stands only where the dimension has no version of it.
   entities: of customer and account; at: the fact's instant, an expression. That a key is in its
   dimension is part of it, for keys but -1, which is there as each dimension promises.

   In an increment: the rows that have been written since the test passed, and those of customers and
   accounts of whom the dimension has: an increment writes all versions of one again. #}
{% test key_is_as_of(model, entities, at) %}
{%- set is_touched = tested_rows_touched() %}
with

facts as (
    select
        {%- for entity in entities %}
        {{ entity }}_key,
        {{ entity }}_durable_key,
        {{ entity }}_id,
        {%- endfor %}
        {{ at }} as happened_at
    from {{ model }}
    where {{ is_touched }}
        {%- if is_touched != 'true' %}
        {%- for entity in entities %}
        or {{ entity }}_id in (
            select {{ entity }}_id
            from {{ ref('dim_' ~ entity) }}
            where {{ rows_touched('dim_' ~ entity, is_large=false) }}
        )
        {%- endfor %}
        {%- endif %}
),

{% for entity in entities -%}
{{ entity }}_versions as (
    select * from {{ ref('dim_' ~ entity) }} where {{ entity }}_key <> -1
),

unknown_{{ entity }} as (
    select distinct {{ entity }}_id as natural_key
    from facts
    where {{ entity }}_key = -1 and {{ entity }}_id is not null
),

{% endfor -%}

broken as (
    {%- for entity in entities %}
    {{ 'union all' if not loop.first }}
    select
        'another version of the {{ entity }} held' as promise,
        facts.{{ entity }}_id as example,
        facts.happened_at
    from facts
    left join {{ entity }}_versions as versions
        on facts.{{ entity }}_key = versions.{{ entity }}_key
    where facts.{{ entity }}_key <> -1
        and (
            versions.{{ entity }}_key is null
            or facts.{{ entity }}_id <> versions.{{ entity }}_id
            or facts.{{ entity }}_durable_key <> versions.{{ entity }}_durable_key
            or facts.happened_at < versions.valid_from
            or facts.happened_at >= versions.valid_to
        )
    union all
    select
        'the dimension knows the {{ entity }}' as promise,
        unknown_{{ entity }}.natural_key as example,
        cast(null as timestamp) as happened_at
    from unknown_{{ entity }}
    inner join {{ entity }}_versions as versions
        on unknown_{{ entity }}.natural_key = versions.{{ entity }}_id
    {%- endfor %}
)

select * from broken
{% endtest %}
