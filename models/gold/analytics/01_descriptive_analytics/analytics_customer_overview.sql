{%- set compared = [
    'customer_count', 'active_customer_count', 'long_active_customer_count',
    'digital_active_customer_count', 'new_customer_count', 'lost_customer_count',
    'won_back_customer_count', 'mean_tenure_months', 'mean_credit_score',
    'mean_annual_income_amount', 'mean_lifetime_value_amount', 'lifetime_value_amount',
    'deposit_balance_amount', 'invested_balance_amount', 'owed_balance_amount', 'income_amount',
    'products_per_customer', 'debt_to_deposit_ratio',
] -%}
{#- What extracts say of the day they are made on: nothing before the first. -#}
{%- set known_then = ratio('value_of_the_time_count', 'customer_count') ~ ' >= '
    ~ var('change_min_known_share') -%}
{%- set known = dict.fromkeys(
    ['mean_credit_score', 'mean_annual_income_amount', 'mean_lifetime_value_amount',
     'lifetime_value_amount'],
    known_then
) %}

with

periods as (
    select * from {{ ref('cal_reporting_periods') }}
),

customer_periods as (
    select * from {{ ref('pop_customer_periods') }}
),

totals as (
    select
        period,
        count(*) filter (where is_customer) as customer_count,
        count(*) filter (where is_active) as active_customer_count,
        count(*) filter (where is_long_active) as long_active_customer_count,
        count(*) filter (where is_digital_active) as digital_active_customer_count,
        count(*) filter (where is_new) as new_customer_count,
        count(*) filter (where is_lost) as lost_customer_count,
        count(*) filter (where is_won_back) as won_back_customer_count,
        avg({{ f8('tenure_months') }}) filter (where is_customer) as mean_tenure_months,
        count(credit_score) filter (where is_customer) as credit_score_count,
        avg({{ f8('credit_score') }}) filter (where is_customer) as mean_credit_score,
        count(annual_income_amount) filter (where is_customer) as annual_income_count,
        avg({{ f8('annual_income_amount') }}) filter (where is_customer) as mean_annual_income,
        count(lifetime_value_amount) filter (where is_customer) as lifetime_value_count,
        avg({{ f8('lifetime_value_amount') }}) filter (where is_customer) as mean_lifetime_value,
        {{ money_sum('is_customer', 'lifetime_value_amount') }} as lifetime_value_amount,
        count(*) filter (where is_customer and has_values_of_the_time) as value_of_the_time_count,
        {%- for kind in balance_kinds() %}
        {{ money_sum('is_customer', kind) }} as {{ kind }},
        {%- endfor %}
        {{ money_sum('is_customer', 'income_amount') }} as income_amount,
        sum(product_count) filter (where is_customer) as product_count
    from customer_periods
    group by period
),

measured as (
    select
        periods.period,
        periods.period_rank,
        periods.start_date,
        periods.end_date,
        coalesce(totals.customer_count, 0) as customer_count,
        coalesce(totals.active_customer_count, 0) as active_customer_count,
        {{ ratio('totals.active_customer_count', 'totals.customer_count') }} as active_rate,
        coalesce(totals.long_active_customer_count, 0) as long_active_customer_count,
        {{ ratio('totals.long_active_customer_count', 'totals.customer_count') }}
            as long_active_rate,
        coalesce(totals.digital_active_customer_count, 0) as digital_active_customer_count,
        {{ ratio('totals.digital_active_customer_count', 'totals.customer_count') }}
            as digital_active_rate,
        coalesce(totals.new_customer_count, 0) as new_customer_count,
        coalesce(totals.lost_customer_count, 0) as lost_customer_count,
        coalesce(totals.won_back_customer_count, 0) as won_back_customer_count,
        totals.mean_tenure_months,
        coalesce(totals.credit_score_count, 0) as credit_score_count,
        totals.mean_credit_score,
        coalesce(totals.annual_income_count, 0) as annual_income_count,
        totals.mean_annual_income as mean_annual_income_amount,
        coalesce(totals.lifetime_value_count, 0) as lifetime_value_count,
        totals.mean_lifetime_value as mean_lifetime_value_amount,
        coalesce(totals.lifetime_value_amount, 0) as lifetime_value_amount,
        coalesce(totals.value_of_the_time_count, 0) as value_of_the_time_count,
        {%- for kind in balance_kinds() %}
        coalesce(totals.{{ kind }}, 0) as {{ kind }},
        {%- endfor %}
        coalesce(totals.income_amount, 0) as income_amount,
        cast(coalesce(totals.product_count, 0) as bigint) as product_count,
        {{ ratio('totals.product_count', 'totals.customer_count') }} as products_per_customer,
        {{ ratio('totals.owed_balance_amount', 'totals.deposit_balance_amount') }}
            as debt_to_deposit_ratio,
        periods.as_of
    from periods
    left join totals on periods.period = totals.period
),

changed as (
    select
        measured.*,
        {{- change_rates(compared, known) }}
    from measured
),

final as (
    select
        period,
        period_rank,
        start_date,
        end_date,
        customer_count,
        active_customer_count,
        active_rate,
        long_active_customer_count,
        long_active_rate,
        digital_active_customer_count,
        digital_active_rate,
        new_customer_count,
        lost_customer_count,
        won_back_customer_count,
        mean_tenure_months,
        credit_score_count,
        mean_credit_score,
        annual_income_count,
        {{ mean_amount('mean_annual_income_amount') }} as mean_annual_income_amount,
        lifetime_value_count,
        {{ mean_amount('mean_lifetime_value_amount') }} as mean_lifetime_value_amount,
        lifetime_value_amount,
        value_of_the_time_count,
        {%- for kind in balance_kinds() %}
        {{ kind }},
        {%- endfor %}
        income_amount,
        product_count,
        products_per_customer,
        debt_to_deposit_ratio,
        {%- for metric in compared %}
        {{ metric }}_change_rate,
        {%- endfor %}
        as_of
    from changed
)

select
    *,
    {{ money_note() }}
from final
