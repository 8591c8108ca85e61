{#- Of balances, which have a rate a day, those at as_of. -#}
{%- set sources = [
    {'name': 'transactions', 'rows': ref('agg_transactions_daily'), 'day': 'transaction_date',
     'row_count': 'transaction_count', 'without_rate_count': 'without_rate_count',
     'original_amount': 'original_attempted_amount', 'amount': 'attempted_amount'},
    {'name': 'loan payments', 'rows': ref('fact_loan_payments'), 'day': 'scheduled_date',
     'original_amount': 'original_scheduled_amount', 'amount': 'scheduled_amount'},
    {'name': 'balance statements', 'rows': ref('fact_account_balances'), 'day': 'balance_date',
     'original_amount': 'abs(original_closing_balance_amount)', 'amount': 'abs(closing_balance_amount)'},
    {'name': 'credit applications', 'rows': ref('fact_credit_applications'),
     'day': 'application_date',
     'original_amount': 'original_requested_amount', 'amount': 'requested_amount'},
    {'name': 'product enrollments', 'rows': ref('fact_product_enrollments'), 'day': 'enrollment_date',
     'original_amount': 'original_initial_investment_amount', 'amount': 'initial_investment_amount'},
    {'name': 'fraud alerts', 'rows': ref('fact_fraud_alerts'), 'day': 'cast(alert_at as date)',
     'original_amount': 'original_at_risk_amount', 'amount': 'at_risk_amount'},
    {'name': 'account balances', 'rows': ref('pop_account_periods'), 'day': 'cast(as_of as date)',
     'where': "period = 'current' and is_open",
     'original_amount': 'abs(original_balance_amount)', 'amount': 'abs(balance_amount)'},
] %}

with

{{ import_ctes({'reporting': ref('int_reporting_currency')}) -}}

counted as (
    {%- for source in sources %}
    {%- set lacking = source.without_rate_count or 'case when is_without_rate then 1 else 0 end' %}
    {{ 'union all' if not loop.first }}
    select
        '{{ source.name }}' as money_of,
        currency,
        cast(sum({{ source.row_count or '1' }}) as bigint) as row_count,
        cast(sum({{ lacking }}) as bigint) as without_rate_count,
        {{ money_sum('true', source.original_amount) }} as original_amount,
        {{ money_sum('true', source.amount) }} as amount,
        min(case when {{ lacking }} > 0 then {{ source.day }} end) as first_without_rate_date,
        max(case when {{ lacking }} > 0 then {{ source.day }} end) as last_without_rate_date
    from {{ source.rows }}
    {%- if source.where %}
    where {{ source.where }}
    {%- endif %}
    group by currency
    {%- endfor %}
),

final as (
    select
        counted.money_of,
        coalesce(counted.currency, 'None') as currency,
        reporting.reporting_currency,
        counted.row_count,
        counted.without_rate_count,
        counted.original_amount,
        counted.amount,
        counted.first_without_rate_date,
        counted.last_without_rate_date
    from counted
    cross join reporting
)

select * from final
