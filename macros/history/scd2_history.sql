{# The one builder of type-2 history, for customers and for accounts: CTEs from `statements` to
   `scd2_history` and `latest_versions`, to stand after import CTEs of these names:

   versions      every bronze version that breaks no row-level rule, and every delete: the key, the
                 attributes, is_deleted, the bronze address
   feed          every version of the dated changes: feed_id, the key, effective_at, the fed
                 attributes (null: the row does not speak of it), previous_<attribute>,
                 is_statement, the address
   feed_places   feed_id and key of the feed again (an import CTE used twice would be read whole)
   changes       int_<entity>_changes

   An entity's past is a stream of dated statements. A version states every attribute at its
   _extracted_at; a feed row (the winning version of its feed_id) states what it speaks of at its
   effective_at; a delete states only that the entity is gone, so the attributes live on in the
   deleted version and a return opens a new one. The state at t is, attribute by attribute, the
   latest statement at or before t. Before an attribute's first statement holds its previous_
   value where that statement is a feed row that has one, else the first statement's own value:
   so unfed attributes of the first version reach back to 1900-01-01. At one instant the later
   extracted statement wins, and among equally late ones the version, which shows the end of that
   instant. Instants at which nothing changed make no version. A delete before the first version
   says nothing, since there was nothing to delete.

   In a build of a past instant everything later is cut off, but what a later feed row says of
   the time before it is used: that was the state then.

   attributes: list of {name, type, in_feed}; the type fixes how a number reads in row_hash.
   Order is (_extracted_at, _source_file, _source_row), never the batch (which only decides
   between files of the same name and date). #}
{% macro scd2_history(natural_key, attributes) -%}
{%- set names = attributes | map(attribute='name') | list -%}
{%- set fed = attributes | selectattr('in_feed') | map(attribute='name') | list -%}
{%- set types = {} -%}
{%- for attribute in attributes -%}{%- do types.update({attribute.name: attribute.type}) -%}{%- endfor -%}
{%- set first_instant = "cast('1900-01-01' as timestamp)" -%}
{%- set last_instant = "cast('9999-12-31' as timestamp)" -%}
{%- if is_incremental() %}
touched as (
    select distinct {{ natural_key }}
    from changes
    where _batch_id > {{ last_built_batch() }}
),

touched_feed as (
    select distinct feed_places.feed_id
    from feed_places
    inner join touched on feed_places.{{ natural_key }} = touched.{{ natural_key }}
),
{% endif %}
own_versions as (
    select versions.*
    from versions
    {%- if is_incremental() %}
    inner join touched on versions.{{ natural_key }} = touched.{{ natural_key }}
    {%- endif %}
),

ranked_feed as (
    select
        feed.*,
        row_number() over (partition by feed.feed_id order by {{ version_order('feed') }}) as version_rank
    from feed
    {%- if is_incremental() %}
    inner join touched_feed on feed.feed_id = touched_feed.feed_id
    {%- endif %}
),

known as (
    select distinct {{ natural_key }} from own_versions where not is_deleted
),

counted_versions as (
    select
        own_versions.*,
        count(case when not is_deleted then 1 end) over (
            partition by {{ natural_key }}
            order by _extracted_at, _source_file, _source_row, _batch_id
            rows between unbounded preceding and current row
        ) as upserts_so_far
    from own_versions
),

statements as (
    select
        {{ natural_key }},
        {{ first_instant }} as effective_at,
        'origin' as kind,
        0 as kind_order,
        {{ first_instant }} as _extracted_at,
        '' as _source_file,
        cast(0 as bigint) as _source_row,
        cast(0 as bigint) as _batch_id
        {%- for name in names %},
        cast(null as {{ types[name] }}) as {{ name }}
        {%- endfor %}
        {%- for name in fed %},
        cast(null as {{ types[name] }}) as previous_{{ name }}
        {%- endfor %}
    from known
    union all
    select
        {{ natural_key }},
        _extracted_at,
        case when is_deleted then 'delete' else 'version' end,
        2,
        _extracted_at,
        _source_file,
        _source_row,
        _batch_id
        {%- for name in names %},
        cast({{ name }} as {{ types[name] }})
        {%- endfor %}
        {%- for name in fed %},
        cast(null as {{ types[name] }})
        {%- endfor %}
    from counted_versions
    where upserts_so_far > 0
    union all
    select
        ranked_feed.{{ natural_key }},
        greatest(ranked_feed.effective_at, {{ first_instant }}),
        'feed',
        1,
        ranked_feed._extracted_at,
        ranked_feed._source_file,
        ranked_feed._source_row,
        ranked_feed._batch_id
        {%- for name in names %},
        cast({{ 'ranked_feed.' ~ name if name in fed else 'null' }} as {{ types[name] }})
        {%- endfor %}
        {%- for name in fed %},
        cast(ranked_feed.previous_{{ name }} as {{ types[name] }})
        {%- endfor %}
    from ranked_feed
    inner join known on ranked_feed.{{ natural_key }} = known.{{ natural_key }}
    where ranked_feed.version_rank = 1 and ranked_feed.is_statement
),

{# Each count numbers the statements that speak of an attribute: rows of one number share its
   value. -#}
numbered_statements as (
    select
        statements.*,
        count(case when kind = 'version' then 1 end) over in_order as version_number,
        count(case when kind in ('version', 'delete') then 1 end) over in_order as presence_number
        {%- for name in fed %},
        count(case when kind = 'version' or {{ name }} is not null then 1 end) over in_order as {{ name }}_number
        {%- endfor %}
    from statements
    window in_order as (
        partition by {{ natural_key }}
        order by effective_at, _extracted_at, kind_order, _source_file, _source_row, _batch_id
        rows between unbounded preceding and current row
    )
),

states as (
    select
        {{ natural_key }},
        effective_at,
        max(case when kind = 'delete' then 1 else 0 end) over (
            partition by {{ natural_key }}, presence_number
        ) = 1 as is_deleted,
        {%- for name in names %}
        {%- set number = name ~ '_number' if name in fed else 'version_number' %}
        {%- set speaks = "kind = 'version' or " ~ name ~ " is not null" if name in fed else "kind = 'version'" %}
        case
            when {{ number }} > 0 then max(case when {{ speaks }} then {{ name }} end) over (
                partition by {{ natural_key }}, {{ number }}
            )
            else max(
                case
                    when {{ number }} = 1 and ({{ speaks }})
                        then {{ 'coalesce(previous_' ~ name ~ ', ' ~ name ~ ')' if name in fed else name }}
                end
            ) over (partition by {{ natural_key }})
        end as {{ name }},
        {%- endfor %}
        lead(effective_at) over (
            partition by {{ natural_key }}
            order by effective_at, _extracted_at, kind_order, _source_file, _source_row, _batch_id
        ) as next_effective_at
    from numbered_statements
),

hashed_states as (
    select
        states.*,
        {{ row_hash(names + ['case when is_deleted then 1 else 0 end']) }} as row_hash
    from states
    where (next_effective_at is null or next_effective_at > effective_at)
        {%- if var('as_of', none) %}
        and effective_at <= {{ pinned_as_of() }}
        {%- endif %}
),

compared_states as (
    select
        hashed_states.*,
        lag(row_hash) over (partition by {{ natural_key }} order by effective_at) as previous_row_hash
    from hashed_states
),

scd2_history as (
    select
        {{ natural_key }},
        {%- for name in names %}
        {{ name }},
        {%- endfor %}
        effective_at as valid_from,
        coalesce(
            lead(effective_at) over (partition by {{ natural_key }} order by effective_at),
            {{ last_instant }}
        ) as valid_to,
        lead(effective_at) over (partition by {{ natural_key }} order by effective_at) is null as is_current,
        is_deleted,
        cast(row_number() over (partition by {{ natural_key }} order by effective_at) as integer) as version_number,
        row_hash
    from compared_states
    where row_hash is distinct from previous_row_hash
),

{# Type-1 columns come from the last version that is not a delete. -#}
ranked_versions as (
    select
        own_versions.*,
        row_number() over (
            partition by {{ natural_key }} order by {{ version_order('own_versions') }}
        ) as version_rank
    from own_versions
    where not is_deleted
),

latest_versions as (
    select * from ranked_versions where version_rank = 1
),
{%- endmacro %}
