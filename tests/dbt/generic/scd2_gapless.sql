{# A type-2 history covers all time once: per natural key the versions touch (each valid_to is
   the next valid_from), the first starts 1900-01-01, the last ends 9999-12-31 and is the only
   current one, none is empty, numbers run from 1, neighbours differ, and nothing of this is
   null. Returns the versions that break it, with the reason. #}
{% test scd2_gapless(model, natural_key) %}

with

versions as (
    select
        {{ natural_key }},
        version_number,
        valid_from,
        valid_to,
        is_current,
        row_hash,
        row_number() over by_time as expected_number,
        lag(valid_to) over by_time as previous_valid_to,
        lag(row_hash) over by_time as previous_row_hash,
        lead(valid_from) over by_time as next_valid_from
    from {{ model }}
    window by_time as (partition by {{ natural_key }} order by valid_from, valid_to, version_number)
),

judged as (
    select
        {{ natural_key }},
        version_number,
        valid_from,
        valid_to,
        case
            when
                valid_from is null or valid_to is null or is_current is null
                or version_number is null or row_hash is null
                then 'null in the history columns'
            when valid_from >= valid_to then 'empty range'
            when previous_valid_to is null and valid_from <> cast('1900-01-01' as timestamp)
                then 'does not start 1900-01-01'
            when previous_valid_to > valid_from then 'overlaps the version before'
            when previous_valid_to < valid_from then 'gap after the version before'
            when next_valid_from is null and valid_to <> cast('9999-12-31' as timestamp)
                then 'does not end 9999-12-31'
            when is_current <> (next_valid_from is null)
                then 'is_current is not on the last version alone'
            when version_number <> expected_number then 'version_number out of order'
            when row_hash = previous_row_hash then 'equal to the version before'
        end as reason
    from versions
)

select * from judged
where reason is not null

{% endtest %}
