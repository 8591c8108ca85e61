{# CTEs `changed` and `final` of int_<entity>_changes: for each entity and each batch that may
   have changed its history, the instant from which its versions may differ from what they were.
   Facts at or after it look their keys up again.

   Import CTEs: versions and known_versions (the same without deletes): the key, _extracted_at
   and _statement_batch_id, the batch in which the row became a statement; feed: feed_id,
   _batch_id; feed_places: feed_id, the key, effective_at, _batch_id; with waits_for_parent also
   waiting_feed: the key, effective_at and _parent_batch_id, for feed rows that came before
   their parent.

   A statement changes nothing before its own instant, save what reaches back from an
   attribute's first statement. So: the earliest instant that the batch touches (a feed row:
   every place that its versions have had), if a version is known from before the batch and
   before that instant (then no first statement is touched); else 1900-01-01. From bronze alone,
   so a full refresh finds the same. #}
{% macro scd2_changes(natural_key, waits_for_parent=false) -%}
{%- set last = last_built_batch() -%}
arrivals as (
    select {{ natural_key }}, _statement_batch_id as _batch_id, _extracted_at as effective_at
    from versions
    where _statement_batch_id > {{ last }}
    union all
    select feed_places.{{ natural_key }}, feed._batch_id, feed_places.effective_at
    from feed
    inner join feed_places
        on feed.feed_id = feed_places.feed_id and feed_places._batch_id <= feed._batch_id
    where feed._batch_id > {{ last }} and feed_places.{{ natural_key }} is not null
    {%- if waits_for_parent %}
    union all
    select {{ natural_key }}, _parent_batch_id, effective_at
    from waiting_feed
    where _parent_batch_id > {{ last }}
    {%- endif %}
),

changed as (
    select {{ natural_key }}, _batch_id, min(effective_at) as changed_from
    from arrivals
    group by {{ natural_key }}, _batch_id
),

final as (
    select
        changed.{{ natural_key }},
        changed._batch_id,
        case
            when min(known_versions._extracted_at) < min(changed.changed_from)
                then min(changed.changed_from)
            else cast('1900-01-01' as timestamp)
        end as changed_from
    from changed
    left join known_versions
        on changed.{{ natural_key }} = known_versions.{{ natural_key }}
            and known_versions._statement_batch_id < changed._batch_id
    group by changed.{{ natural_key }}, changed._batch_id
)
{%- endmacro %}
