with

customer_months as (
    select * from {{ ref('fact_customer_monthly_summary') }}
),

observation as (
    select * from {{ ref('cal_observation_window') }}
),

-- What held at a month's start is what the month before it ended with.
with_starts as (
    select
        customer_id,
        month_start,
        tenure_months,
        is_churn_month,
        coalesce(lag(customer_key) over months, customer_key) as customer_key,
        coalesce(lag(product_count) over months, 0) as product_count,
        coalesce(lag(is_away) over months, false) as was_away
    from customer_months
    window months as (partition by customer_id order by month_start)
),

at_risk as (
    select
        with_starts.customer_id,
        with_starts.month_start,
        with_starts.customer_key,
        with_starts.is_churn_month,
        {{ band('with_starts.tenure_months', 'tenure') }} as tenure_band,
        {{ band('with_starts.product_count', 'product_count') }} as product_band,
        observation.last_month,
        observation.cohort_month
    from with_starts
    cross join observation
    where with_starts.tenure_months >= 1
        and not with_starts.was_away
        and with_starts.month_start between observation.first_month and observation.last_month
),

-- A customer whose record ends without leaving has no known outcome and is not in the cohort.
cohort as (
    select
        customer_id,
        max(case when month_start = cohort_month then customer_key end) as customer_key,
        max(case when month_start = cohort_month then tenure_band end) as tenure_band,
        max(case when month_start = cohort_month then product_band end) as product_band,
        max(case when is_churn_month then 1 else 0 end) as churn_count
    from at_risk
    where month_start >= cohort_month
    group by customer_id
    having min(month_start) = min(cohort_month)
        and (max(month_start) = max(last_month) or bool_or(is_churn_month))
),

final as (
    select
        'Person-months' as rate_basis,
        customer_key,
        tenure_band,
        product_band,
        count(*) as exposure_count,
        count(*) filter (where is_churn_month) as churn_count
    from at_risk
    group by customer_key, tenure_band, product_band
    union all
    select
        '12-month cohort' as rate_basis,
        customer_key,
        tenure_band,
        product_band,
        count(*) as exposure_count,
        cast(sum(churn_count) as bigint) as churn_count
    from cohort
    group by customer_key, tenure_band, product_band
)

select * from final
