with

customer_months as (
    select * from {{ ref('fact_customer_monthly_summary') }}
),

customer_versions as (
    select * from {{ ref('dim_customer') }}
),

transactions as (
    select * from {{ ref('fact_transactions') }}
),

campaigns as (
    select * from {{ ref('fact_marketing_campaigns') }}
),

customers as (
    select * from {{ ref('stg_customers') }} where not is_deleted
),

observation as (
    select * from {{ ref('cal_observation_window') }}
),

-- Fraud is not what the customer spends.
fraudulent_purchases as (
    select
        customer_id,
        {{ month_start('transaction_date') }} as month_start,
        count(*) as purchase_count,
        sum(outflow_amount) as purchase_amount
    from transactions
    where is_fraud and is_completed and transaction_type = 'Purchase'
    group by customer_id, {{ month_start('transaction_date') }}
),

-- The months in which a campaign to their segment of its first day reached the customers.
campaign_months as (
    select distinct
        customer_versions.customer_id,
        months.day as month_start
    from campaigns
    inner join customer_versions
        on campaigns.target_segment = customer_versions.customer_segment
            and customer_versions.valid_from <= campaigns.start_date
            and campaigns.start_date < customer_versions.valid_to
    cross join lateral
        {{ date_series(
            month_start('campaigns.start_date'),
            add_days('campaigns.end_date', var('campaign_effect_days')),
            'month'
        ) }} as months
    where campaigns.is_addressed
),

with_segments as (
    select
        customer_months.customer_id,
        customer_months.month_start,
        customer_months.tenure_months,
        customer_months.is_churn_month,
        customer_months.is_return_month,
        customer_months.is_away,
        customer_months.purchase_count,
        customer_months.purchase_amount,
        customer_months.digital_session_count,
        customer_months.product_count,
        customer_months.deposit_balance_amount,
        customer_versions.customer_segment,
        lag(customer_versions.customer_segment) over (
            partition by customer_months.customer_id order by customer_months.month_start
        ) as start_segment
    from customer_months
    inner join customer_versions on customer_months.customer_key = customer_versions.customer_key
),

-- Whole months in one segment, without a campaign.
counted_months as (
    select
        with_segments.customer_id,
        with_segments.customer_segment,
        with_segments.digital_session_count,
        with_segments.purchase_count - coalesce(fraudulent_purchases.purchase_count, 0)
            as purchase_count,
        with_segments.purchase_amount - coalesce(fraudulent_purchases.purchase_amount, 0)
            as purchase_amount
    from with_segments
    cross join observation
    left join fraudulent_purchases
        on with_segments.customer_id = fraudulent_purchases.customer_id
            and with_segments.month_start = fraudulent_purchases.month_start
    left join campaign_months
        on with_segments.customer_id = campaign_months.customer_id
            and with_segments.month_start = campaign_months.month_start
    where with_segments.month_start between observation.first_month and observation.last_month
        and with_segments.tenure_months >= 1
        and not with_segments.is_churn_month
        and not with_segments.is_return_month
        and not with_segments.is_away
        and with_segments.start_segment = with_segments.customer_segment
        and campaign_months.customer_id is null
),

segment_periods as (
    select
        customer_id,
        customer_segment,
        count(*) as month_count,
        sum(purchase_count) as purchase_count,
        sum(purchase_amount) as purchase_amount,
        sum(digital_session_count) as session_count
    from counted_months
    group by customer_id, customer_segment
),

-- One segment a customer, so that the groups share no one: the one held longest.
ranked_periods as (
    select
        *,
        row_number() over (
            partition by customer_id order by month_count desc, customer_segment asc
        ) as period_rank
    from segment_periods
),

period_measures as (
    select
        customer_id,
        customer_segment,
        ln(case when purchase_amount > 0 then {{ ratio('purchase_amount', 'month_count') }} end)
            as log_monthly_spend,
        ln(case when purchase_amount > 0 then {{ ratio('purchase_amount', 'purchase_count') }} end)
            as log_purchase_ticket,
        {{ ratio('purchase_count', 'month_count') }} as monthly_purchases,
        {{ ratio('session_count', 'month_count') }} as monthly_sessions
    from ranked_periods
    where period_rank = 1 and month_count >= {{ var('min_active_months') }}
),

-- Customers of today: they have not left, and their record stands.
state_measures as (
    select
        with_segments.customer_id,
        with_segments.customer_segment,
        ln(
            case
                when with_segments.deposit_balance_amount > 0
                    then {{ f8('with_segments.deposit_balance_amount') }}
            end
        ) as log_deposit_balance,
        {{ f8('with_segments.product_count') }} as products_held,
        {{ f8('customers.credit_score') }} as credit_score,
        {{ ratio('with_segments.tenure_months', 12) }} as tenure_years
    from with_segments
    cross join observation
    inner join customers on with_segments.customer_id = customers.customer_id
    where with_segments.month_start = {{ month_start('observation.as_of') }}
        and not with_segments.is_away
),

{#- Laid out as rows by one pass over each, not by one a measure. -#}
{%- for name, period in {'period': true, 'state': false}.items() %}
{%- set mine = segment_measures() | selectattr('period', 'equalto', period) | map(attribute='name')
    | list %}
{{ name }}_values as (
    select
        {{ name }}_measures.customer_id,
        {{ name }}_measures.customer_segment,
        names.measure,
        case names.measure
            {%- for measure in mine %}
            when '{{ measure }}' then {{ name }}_measures.{{ measure }}
            {%- endfor %}
        end as measure_value
    from {{ name }}_measures
    cross join (
        values {% for measure in mine %}('{{ measure }}'){{ ', ' if not loop.last }}{% endfor %}
    ) as names (measure)
),

{% endfor -%}
measures as (
    select * from period_values
    union all
    select * from state_values
),

final as (
    select
        customer_id,
        measure,
        customer_segment,
        measure_value
    from measures
    where measure_value is not null
        and customer_segment in ('{{ listed("customer_segments") | join("', '") }}')
)

select * from final
