{# A fact's key (the column) names the one version of its natural key that held at an instant,
   with the same durable key; -1 stands only where the dimension has no version of it.
   dimension: a ref; entity: customer or account; at: the fact's instant, an expression. #}
{% test key_is_as_of(model, column_name, dimension, entity, at) %}

with

facts as (
    select
        {{ column_name }} as version_key,
        {{ entity }}_durable_key as durable_key,
        {{ entity }}_id as natural_key,
        {{ at }} as happened_at
    from {{ model }}
),

members as (
    select * from {{ dimension }} where {{ entity }}_key <> -1
),

versions as (
    select * from {{ dimension }} where {{ entity }}_key <> -1
),

unknown as (
    select distinct natural_key
    from facts
    where version_key = -1 and natural_key is not null
)

select
    'another version held' as reason,
    facts.natural_key,
    facts.happened_at
from facts
left join versions on facts.version_key = versions.{{ entity }}_key
where facts.version_key <> -1
    and (
        versions.{{ entity }}_key is null
        or facts.natural_key <> versions.{{ entity }}_id
        or facts.durable_key <> versions.{{ entity }}_durable_key
        or facts.happened_at < versions.valid_from
        or facts.happened_at >= versions.valid_to
    )
union all
select
    'the dimension knows it' as reason,
    unknown.natural_key,
    null as happened_at
from unknown
inner join members on unknown.natural_key = members.{{ entity }}_id

{% endtest %}
