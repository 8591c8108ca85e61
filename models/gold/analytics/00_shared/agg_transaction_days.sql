{%- set half_window = (var('daily_trend_window_days') | int) // 2 -%}
{%- set counts = [
    'transaction_count', 'completed_count', 'attempt_count', 'decided_attempt_count',
    'declined_count', 'fraud_count',
] -%}
{%- set amounts = [
    'inflow_amount', 'outflow_amount', 'internal_transfer_amount', 'volume_amount',
] %}

with

{{ import_ctes({
    'kinds': ref('agg_transactions_daily'),
    'calendar': ref('int_as_of'),
}) -}}

transactions as (
    select * from kinds where not {{ is_book_entry('kinds') }}
),

daily as (
    select
        transaction_date,
        sum(transaction_count) as transaction_count,
        sum(movement_count) as completed_count,
        sum(transaction_count) filter (where is_customer_initiated) as attempt_count,
        sum(transaction_count) filter (
            where is_customer_initiated and status <> 'Pending'
        ) as decided_attempt_count,
        sum(transaction_count) filter (
            where is_customer_initiated and status = 'Declined'
        ) as declined_count,
        sum(fraud_count) filter (where is_customer_initiated) as fraud_count,
        sum(inflow_amount) as inflow_amount,
        sum(outflow_amount) as outflow_amount,
        sum(internal_transfer_amount) as internal_transfer_amount,
        sum(volume_amount) as volume_amount
    from transactions
    group by transaction_date
),

first_days as (
    select min(transaction_date) as first_date from transactions
),

spine as (
    select
        days.day as transaction_date,
        calendar.as_of
    from first_days
    cross join calendar
    cross join lateral {{ date_series('first_days.first_date', 'calendar.as_of_date') }} as days
),

filled as (
    select
        spine.transaction_date,
        {%- for count in counts %}
        cast(coalesce(daily.{{ count }}, 0) as bigint) as {{ count }},
        {%- endfor %}
        {%- for amount in amounts %}
        cast(coalesce(daily.{{ amount }}, 0) as decimal(18, 3)) as {{ amount }},
        {%- endfor %}
        -- half an attempt stands for none, of which there is no logarithm
        ln(greatest({{ f8('coalesce(daily.attempt_count, 0)') }}, {{ f8('0.5') }})) as log_attempt_count,
        spine.as_of
    from spine
    left join daily on spine.transaction_date = daily.transaction_date
),

steps as (
    select n from {{ int_series(-half_window, half_window) }} as offsets
),

-- Each day is laid to the days around it, of which the first and the last have fewer.
trend as (
    select
        {{ add_days('filled.transaction_date', 'steps.n') }} as transaction_date,
        percentile_cont(0.5) within group (order by filled.log_attempt_count) as trend_log_count
    from filled
    cross join steps
    group by {{ add_days('filled.transaction_date', 'steps.n') }}
),

final as (
    select
        filled.transaction_date,
        {{ month_start('filled.transaction_date') }} as month_start,
        {{ iso_weekday('filled.transaction_date') }} as weekday_number,
        cast(extract(day from filled.transaction_date) as integer) as day_of_month,
        {%- for column in counts + amounts %}
        filled.{{ column }},
        {%- endfor %}
        filled.log_attempt_count,
        trend.trend_log_count,
        filled.as_of
    from filled
    inner join trend on filled.transaction_date = trend.transaction_date
)

select * from final
