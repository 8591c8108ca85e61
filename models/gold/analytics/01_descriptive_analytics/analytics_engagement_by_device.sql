with

{{ import_ctes({
    'sessions': ref('fact_digital_engagement'),
    'calendar': ref('int_as_of'),
}) -}}

customer_days as (
    select
        coalesce(device_type, 'Unknown') as device_type,
        customer_durable_key,
        engagement_date,
        count(*) as session_count,
        count(session_duration_minutes) as timed_session_count,
        sum(session_duration_minutes) as session_minutes
    from sessions
    group by coalesce(device_type, 'Unknown'), customer_durable_key, engagement_date
),

customer_months as (
    select
        device_type,
        {{ month_start('engagement_date') }} as month_start,
        customer_durable_key,
        count(*) as day_count,
        sum(session_count) as session_count,
        sum(timed_session_count) as timed_session_count,
        sum(session_minutes) as session_minutes
    from customer_days
    group by device_type, {{ month_start('engagement_date') }}, customer_durable_key
),

monthly as (
    select
        device_type,
        month_start,
        count(*) as monthly_customer_count,
        sum(day_count) as customer_day_count,
        cast(sum(session_count) as bigint) as session_count,
        cast(sum(timed_session_count) as bigint) as timed_session_count,
        sum(session_minutes) as session_minutes
    from customer_months
    group by device_type, month_start
),

first_days as (
    select min(engagement_date) as first_date from customer_days
),

-- Of the first month and of the one that is not over only the days that there are.
measured as (
    select
        monthly.*,
        {{ month_end('monthly.month_start') }} <= calendar.as_of_date as is_complete,
        {{ days_between(
            'greatest(monthly.month_start, first_days.first_date)',
            'least(' ~ month_end('monthly.month_start') ~ ', calendar.as_of_date)'
        ) }} + 1 as day_count,
        calendar.as_of
    from monthly
    cross join first_days
    cross join calendar
),

final as (
    select
        month_start,
        device_type,
        is_complete,
        {{ ratio('customer_day_count', 'day_count') }} as mean_daily_customer_count,
        monthly_customer_count,
        session_count,
        {{ ratio('session_count', 'sum(session_count) over (partition by month_start)') }} as session_share_rate,
        {{ ratio('session_count', 'monthly_customer_count') }} as sessions_per_customer,
        timed_session_count,
        {{ ratio('session_minutes', 'timed_session_count') }} as mean_session_minutes,
        as_of
    from measured
)

select * from final
