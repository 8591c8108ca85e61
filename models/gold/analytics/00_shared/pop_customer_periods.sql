{# PostgreSQL takes a period for rare and would merge by it alone, comparing each customer with
   all others. #}
{{ config(planner={'enable_mergejoin': 'off'}) }}

with

{{ import_ctes({
    'periods': ref('cal_reporting_periods'),
    'activity_periods': ref('cal_reporting_periods'),
    'customers': ref('stg_customers'),
    'absences': ref('int_customer_absences'),
    'departures': ref('int_customer_absences'),
    'returns': ref('int_customer_absences'),
    'departure_periods': ref('cal_reporting_periods'),
    'return_periods': ref('cal_reporting_periods'),
    'account_periods': ref('pop_account_periods'),
    'value_versions': ref('int_customer_value_versions'),
    'transactions': ref('fact_transactions'),
    'sessions': ref('fact_digital_engagement'),
    'dim_customer': ref('dim_customer'),
}) -}}

lost as (
    select distinct
        departure_periods.period,
        departures.customer_id
    from departures
    inner join departure_periods
        on departures.left_date >= departure_periods.start_date
            and departures.left_date <= departure_periods.end_date
),

won_back as (
    select distinct
        return_periods.period,
        returns.customer_id
    from returns
    inner join return_periods
        on returns.returned_date >= return_periods.start_date
            and returns.returned_date <= return_periods.end_date
),

-- What customers do by themselves: a salary or a fee that is posted makes nobody active.
activity_days as (
    select
        customer_id,
        transaction_date as activity_date,
        false as is_session
    from transactions
    where is_completed and is_customer_initiated
    union all
    select
        customer_id,
        engagement_date as activity_date,
        true as is_session
    from sessions
),

{% set long_start = add_days('activity_periods.end_date', 1 - var('long_activity_days')) -%}
active as (
    select
        activity_periods.period,
        activity_days.customer_id,
        count(*) filter (
            where not activity_days.is_session
                and activity_days.activity_date >= activity_periods.start_date
        ) as initiated_count,
        count(*) filter (where not activity_days.is_session) as long_initiated_count,
        count(*) filter (
            where activity_days.is_session
                and activity_days.activity_date >= activity_periods.start_date
        ) as session_count
    from activity_days
    inner join activity_periods
        on activity_days.activity_date
            >= least(activity_periods.start_date, {{ long_start }})
            and activity_days.activity_date <= activity_periods.end_date
    group by activity_periods.period, activity_days.customer_id
),

holdings as (
    select
        period,
        customer_id,
        count(*) filter (where is_open) as open_account_count,
        count(distinct case when is_open then product_id end) as product_count,
        {%- for kind in balance_kinds() %}
        sum({{ kind }}) as {{ kind }},
        {%- endfor %}
        sum(income_amount) as income_amount
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
        {{ age_years('customers.date_of_birth', 'periods.end_date') }} as age
    from customers
    cross join periods
),

dated as (
    select
        source_rows.*,
        dim_customer.customer_segment,
        dim_customer.state,
        dim_customer.signup_date,
        absences.customer_id is not null as has_left,
        lost.customer_id is not null as is_lost,
        won_back.customer_id is not null as is_won_back
    from source_rows
    {{ join_as_of('dim_customer', 'customer_id', 'source_rows.end_at') }}
    left join absences
        on source_rows.customer_id = absences.customer_id
            and source_rows.end_date >= absences.left_date
            and source_rows.end_date < coalesce(absences.returned_date, cast('9999-12-31' as date))
    left join lost
        on source_rows.customer_id = lost.customer_id
            and source_rows.period = lost.period
    left join won_back
        on source_rows.customer_id = won_back.customer_id
            and source_rows.period = won_back.period
    where not dim_customer.is_deleted
),

final as (
    select
        dated.period,
        dated.customer_id,
        case
            when dated.has_left then 'Left'
            when active.initiated_count > 0 then 'Active'
            else 'Inactive'
        end as relationship,
        not dated.has_left as is_customer,
        not dated.has_left and coalesce(active.initiated_count, 0) > 0 as is_active,
        not dated.has_left and coalesce(active.long_initiated_count, 0) > 0 as is_long_active,
        not dated.has_left and coalesce(active.session_count, 0) > 0 as is_digital_active,
        dated.signup_date >= dated.start_date as is_new,
        dated.is_lost,
        dated.is_won_back,
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
        {%- for kind in balance_kinds() %}
        coalesce(holdings.{{ kind }}, 0) as {{ kind }},
        {%- endfor %}
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
