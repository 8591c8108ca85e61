{# Nearly as many groups as rows: sorting them is less than hashing them. #}
{{ config(planner={'enable_hashagg': 'off'}) }}

with

{{ import_ctes({
    'sessions': ref('fact_digital_engagement'),
    'calendar': ref('int_as_of'),
}) -}}

customer_days as (
    select
        customer_durable_key,
        engagement_date,
        count(*) as session_count,
        count(session_duration_minutes) as timed_session_count,
        sum(session_duration_minutes) as session_minutes,
        sum(pages_viewed_count) as page_count
    from sessions
    group by customer_durable_key, engagement_date
),

visits as (
    select
        *,
        {{ days_between('lag(engagement_date) over by_day', 'engagement_date') }} as days_since_last,
        {{ days_between('engagement_date', 'lead(engagement_date) over by_day') }} as days_until_next
    from customer_days
    window by_day as (partition by customer_durable_key order by engagement_date)
),

-- A customer is active by the week for seven days from a day of use on, or until the next such day,
-- from which it counts again. Rows are days of use and, with days_active, the days on which such a
-- span ends: laid together, each day's balance adds up to the customers of the week.
movements as (
    select
        engagement_date,
        least(coalesce(days_until_next, 7), 7) as days_active,
        count(*) as customer_count,
        -- the last visit was in an earlier month
        count(*) filter (
            where coalesce(days_since_last >= extract(day from engagement_date), true)
        ) as first_of_month_count,
        sum(session_count) as session_count,
        sum(timed_session_count) as timed_session_count,
        sum(session_minutes) as session_minutes,
        sum(page_count) as page_count
    from visits
    group by engagement_date, least(coalesce(days_until_next, 7), 7)
),

balances as (
    select
        engagement_date as activity_date,
        customer_count,
        customer_count as balance,
        first_of_month_count,
        session_count,
        timed_session_count,
        session_minutes,
        page_count
    from movements
    union all
    select
        {{ add_days('engagement_date', 'days_active') }} as activity_date,
        0,
        -customer_count,
        0,
        0,
        0,
        0,
        0
    from movements
    union all
    -- days without any use count in the means
    select
        days.day as activity_date,
        0,
        0,
        0,
        0,
        0,
        0,
        0
    from (
        select
            min(movements.engagement_date) as first_date,
            max(calendar.as_of_date) as as_of_date
        from movements
        cross join calendar
    ) as range_of_days
    cross join lateral {{ date_series('range_of_days.first_date', 'range_of_days.as_of_date') }} as days
),

daily as (
    select
        activity_date,
        sum(customer_count) as daily_customer_count,
        sum(sum(balance)) over so_far as weekly_customer_count,
        row_number() over so_far as day_number,
        sum(first_of_month_count) as first_of_month_count,
        sum(session_count) as session_count,
        sum(timed_session_count) as timed_session_count,
        sum(session_minutes) as session_minutes,
        sum(page_count) as page_count
    from balances
    group by activity_date
    window so_far as (order by activity_date rows between unbounded preceding and current row)
),

-- The first six days of all have no whole week behind them; spans may end after as_of.
monthly as (
    select
        {{ month_start('daily.activity_date') }} as month_start,
        max(daily.activity_date) as last_date,
        cast(count(*) as integer) as day_count,
        avg({{ f8('daily.daily_customer_count') }}) as mean_daily_customer_count,
        avg({{ f8('case when daily.day_number > 6 then daily.weekly_customer_count end') }})
            as mean_weekly_customer_count,
        cast(sum(daily.first_of_month_count) as bigint) as monthly_customer_count,
        cast(sum(daily.session_count) as bigint) as session_count,
        cast(sum(daily.timed_session_count) as bigint) as timed_session_count,
        sum(daily.session_minutes) as session_minutes,
        sum(daily.page_count) as page_count,
        max(calendar.as_of) as as_of
    from daily
    inner join calendar on daily.activity_date <= calendar.as_of_date
    group by {{ month_start('daily.activity_date') }}
),

medians as (
    select
        {{ month_start('engagement_date') }} as month_start,
        percentile_cont(0.5) within group (order by {{ f8('session_duration_minutes') }})
            as median_session_minutes
    from sessions
    group by {{ month_start('engagement_date') }}
),

final as (
    select
        monthly.month_start,
        monthly.day_count,
        monthly.last_date = {{ month_end('monthly.month_start') }} as is_complete,
        monthly.mean_daily_customer_count,
        monthly.mean_weekly_customer_count,
        monthly.monthly_customer_count,
        {{ ratio('monthly.mean_daily_customer_count', 'monthly.monthly_customer_count') }} as stickiness_rate,
        monthly.session_count,
        {{ ratio('monthly.session_count', 'monthly.monthly_customer_count') }} as sessions_per_customer,
        monthly.timed_session_count,
        {{ ratio('monthly.session_minutes', 'monthly.timed_session_count') }} as mean_session_minutes,
        medians.median_session_minutes,
        {{ ratio('monthly.page_count', 'monthly.session_count') }} as pages_per_session,
        monthly.as_of
    from monthly
    left join medians on monthly.month_start = medians.month_start
)

select * from final
