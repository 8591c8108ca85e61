{# The query of a staged set of touched keys: each key's first touched day in "dates" (key,
   touched_from), the earlier one where this batch has noted the key before. #}
{% macro earliest_touched(key, dates) -%}
    select
        touched.{{ key }},
        least(touched.touched_from, standing.touched_from) as touched_from,
        cast({{ pinned_batch() }} as bigint) as _batch_id
    from (
        select
            {{ key }},
            min(touched_from) as touched_from
        from {{ dates }}
        where {{ key }} is not null
        group by {{ key }}
    ) as touched
    left join (
        select * from {{ this }} where _batch_id = {{ pinned_batch() }}
    ) as standing on touched.{{ key }} = standing.{{ key }}
{%- endmacro %}

{# The same where all is touched from the first day on. #}
{% macro all_touched(key, entities) -%}
    select
        {{ key }},
        cast('1900-01-01' as date) as touched_from,
        cast({{ pinned_batch() }} as bigint) as _batch_id
    from {{ entities }}
{%- endmacro %}
