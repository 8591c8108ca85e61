{%- set days = var('reporting_period_days') | int %}

with

calendar as (
    select
        as_of,
        as_of_date
    from {{ ref('int_as_of') }}
),

ends as (
    select
        'current' as period,
        1 as period_rank,
        as_of_date as end_date,
        as_of
    from calendar
    union all
    select
        'prior_{{ days }}_days',
        2,
        {{ add_days('as_of_date', -days) }},
        as_of
    from calendar
    union all
    select
        'prior_year',
        3,
        {{ add_months('as_of_date', -12) }},
        as_of
    from calendar
),

final as (
    select
        period,
        period_rank,
        {{ add_days('end_date', 1 - days) }} as start_date,
        end_date,
        {{ days }} as day_count,
        {{ add_days(add_months('end_date', -12), 1) }} as year_start_date,
        as_of
    from ends
)

select * from final
