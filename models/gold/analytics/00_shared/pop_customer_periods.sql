{# PostgreSQL takes a period for rare and would merge by it alone, comparing each customer with
   all others. #}
{{ config(planner={'enable_mergejoin': 'off'}) }}

with

{{ import_ctes({
    'periods': ref('cal_reporting_periods'),
    'activity_periods': ref('cal_reporting_periods'),
    'customers': ref('stg_customers'),
    'anchors': ref('int_account_balance_anchors'),
    'account_periods': ref('pop_account_periods'),
    'value_versions': ref('int_customer_value_versions'),
    'transactions': ref('fact_transactions'),
    'sessions': ref('fact_digital_engagement'),
    'contacts': ref('fact_customer_interactions'),
    'dim_customer': ref('dim_customer'),
}) -}}

-- A customer whose accounts are all closed has left on the day of the last closing.
account_ranges as (
    select
        customer_id,
        case when count(*) = count(close_date) then max(close_date) end as left_date
    from anchors
    group by customer_id
),

activity_days as (
    select
        customer_id,
        transaction_date as activity_date
    from transactions
    where is_completed and not is_book_entry
    union all
    select
        customer_id,
        engagement_date as activity_date
    from sessions
    union all
    select
        customer_id,
        interaction_date as activity_date
    from contacts
),

active as (
    select
        activity_periods.period,
        activity_days.customer_id,
        count(*) as activity_count
    from activity_days
    inner join activity_periods
        on activity_days.activity_date >= activity_periods.start_date
            and activity_days.activity_date <= activity_periods.end_date
    group by activity_periods.period, activity_days.customer_id
),

holdings as (
    select
        period,
        customer_id,
        count(*) filter (where is_open) as open_account_count,
        count(distinct case when is_open then product_id end) as product_count,
        sum(deposit_balance_amount) as deposit_balance_amount,
        sum(owed_balance_amount) as owed_balance_amount,
        sum(fee_income_amount + interest_income_amount) as income_amount
    from account_periods
    group by period, customer_id
),

-- The earliest version stands in for what is before it.
value_spans as (
    select
        customer_id,
        credit_score,
        annual_income,
        customer_lifetime_value,
        _extracted_at as known_at,
        case
            when lag(_extracted_at) over by_time is null then cast('1900-01-01' as timestamp)
            else _extracted_at
        end as valid_from,
        coalesce(lead(_extracted_at) over by_time, cast('9999-12-31' as timestamp)) as valid_to
    from value_versions
    window by_time as (
        partition by customer_id
        order by _extracted_at, _source_file, _source_row, _batch_id
    )
),

source_rows as (
    select
        periods.*,
        {{ end_of_day('periods.end_date') }} as end_at,
        customers.customer_id,
        {{ age_years('customers.date_of_birth', 'periods.end_date') }} as age,
        account_ranges.left_date
    from customers
    cross join periods
    left join account_ranges on customers.customer_id = account_ranges.customer_id
),

dated as (
    select
        source_rows.*,
        dim_customer.customer_segment,
        dim_customer.state,
        dim_customer.signup_date,
        coalesce(source_rows.left_date <= source_rows.end_date, false) as has_left
    from source_rows
    {{ join_as_of('dim_customer', 'customer_id', 'source_rows.end_at') }}
    where not dim_customer.is_deleted
),

final as (
    select
        dated.period,
        dated.customer_id,
        case
            when dated.has_left then 'Left'
            when active.customer_id is not null then 'Active'
            else 'Inactive'
        end as relationship,
        not dated.has_left as is_customer,
        not dated.has_left and active.customer_id is not null as is_active,
        dated.signup_date >= dated.start_date as is_new,
        dated.has_left and dated.left_date >= dated.start_date as is_lost,
        coalesce(dated.customer_segment, 'Unknown') as customer_segment,
        coalesce(dated.state, 'Unknown') as state,
        coalesce({{ band('dated.age', 'age') }}, 'Unknown') as age_band,
        {{ tenure_months('dated.signup_date', 'dated.end_date') }} as tenure_months,
        value_spans.credit_score,
        value_spans.annual_income as annual_income_amount,
        value_spans.customer_lifetime_value as lifetime_value_amount,
        coalesce(value_spans.known_at <= dated.end_at, false) as has_values_of_the_time,
        coalesce(holdings.open_account_count, 0) as open_account_count,
        coalesce(holdings.product_count, 0) as product_count,
        coalesce(holdings.deposit_balance_amount, 0) as deposit_balance_amount,
        coalesce(holdings.owed_balance_amount, 0) as owed_balance_amount,
        coalesce(holdings.income_amount, 0) as income_amount,
        dated.as_of
    from dated
    left join active
        on dated.period = active.period
            and dated.customer_id = active.customer_id
    left join holdings
        on dated.period = holdings.period
            and dated.customer_id = holdings.customer_id
    left join value_spans
        on dated.customer_id = value_spans.customer_id
            and dated.end_at >= value_spans.valid_from
            and dated.end_at < value_spans.valid_to
    where dated.signup_date <= dated.end_date
)

select * from final
