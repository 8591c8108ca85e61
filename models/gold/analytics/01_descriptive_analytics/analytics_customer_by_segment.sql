with

customers as (
    select * from {{ ref('pop_customer_periods') }} where period = 'current'
),

customers_a_year_ago as (
    select * from {{ ref('pop_customer_periods') }} where period = 'prior_year' and is_customer
),

customers_since as (
    select * from {{ ref('pop_customer_periods') }} where period = 'current'
),

-- Who was there a year ago, in the segment of that time, and is not there now.
losses as (
    select
        customers_a_year_ago.customer_segment,
        count(*) as at_risk_count,
        count(*) filter (where not customers_since.is_customer) as lost_count
    from customers_a_year_ago
    inner join customers_since on customers_a_year_ago.customer_id = customers_since.customer_id
    group by customers_a_year_ago.customer_segment
),

totals as (
    select
        customer_segment,
        count(*) as customer_count,
        count(*) filter (where is_active) as active_customer_count,
        sum(product_count) as product_count,
        {%- for kind in balance_kinds() %}
        cast(sum({{ kind }}) as decimal(18, 3)) as {{ kind }},
        {%- endfor %}
        cast(sum(income_amount) as decimal(18, 3)) as income_amount,
        count(lifetime_value_amount) as lifetime_value_count,
        cast(coalesce(sum(lifetime_value_amount), 0) as decimal(18, 3)) as lifetime_value_amount,
        max(as_of) as as_of
    from customers
    where is_customer
    group by customer_segment
),

final as (
    select
        cast(
            row_number() over (
                order by totals.customer_count desc, totals.customer_segment asc
            ) as integer
        ) as segment_rank,
        totals.customer_segment,
        totals.customer_count,
        {{ ratio('totals.customer_count', 'sum(totals.customer_count) over ()') }}
            as customer_share_rate,
        totals.active_customer_count,
        {{ ratio('totals.active_customer_count', 'totals.customer_count') }} as active_rate,
        {{ ratio('totals.product_count', 'totals.customer_count') }} as products_per_customer,
        totals.deposit_balance_amount,
        {{ ratio('totals.deposit_balance_amount', 'sum(totals.deposit_balance_amount) over ()') }}
            as deposit_share_rate,
        totals.invested_balance_amount,
        totals.other_balance_amount,
        totals.owed_balance_amount,
        totals.income_amount,
        {{ ratio('totals.income_amount', 'sum(totals.income_amount) over ()') }}
            as income_share_rate,
        {{ mean_amount(ratio('totals.income_amount', 'totals.customer_count')) }}
            as income_per_customer_amount,
        totals.lifetime_value_count,
        totals.lifetime_value_amount,
        {{ mean_amount(ratio('totals.lifetime_value_amount', 'totals.lifetime_value_count')) }}
            as mean_lifetime_value_amount,
        coalesce(losses.at_risk_count, 0) as at_risk_count,
        coalesce(losses.lost_count, 0) as lost_count,
        {{ ratio('losses.lost_count', 'losses.at_risk_count') }} as churn_rate,
        totals.as_of
    from totals
    left join losses on totals.customer_segment = losses.customer_segment
)

select
    *,
    {{ money_note() }}
from final
