{#- The kinds of money of agg_currency_coverage. -#}
{%- set sources = [
    {'name': 'transactions', 'rows': ref('fact_transactions'), 'id': 'transaction_id', 'day': 'transaction_date',
     'original_amount': 'original_amount'},
    {'name': 'loan payments', 'rows': ref('fact_loan_payments'), 'id': 'payment_id', 'day': 'scheduled_date',
     'original_amount': 'original_scheduled_amount'},
    {'name': 'balance statements', 'rows': ref('fact_account_balances'), 'id': 'balance_id', 'day': 'balance_date',
     'original_amount': 'original_closing_balance_amount'},
    {'name': 'credit applications', 'rows': ref('fact_credit_applications'), 'id': 'application_id',
     'day': 'application_date', 'original_amount': 'original_requested_amount'},
    {'name': 'product enrollments', 'rows': ref('fact_product_enrollments'), 'id': 'enrollment_id',
     'day': 'enrollment_date', 'original_amount': 'original_initial_investment_amount'},
    {'name': 'fraud alerts', 'rows': ref('fact_fraud_alerts'), 'id': 'alert_id', 'day': 'cast(alert_at as date)',
     'original_amount': 'original_at_risk_amount'},
    {'name': 'account balances', 'rows': ref('pop_account_periods'), 'id': 'account_id',
     'day': 'cast(as_of as date)', 'where': "period = 'current' and is_open",
     'original_amount': 'original_balance_amount'},
] %}

with

{{ import_ctes({'reporting': ref('int_reporting_currency')}) -}}

listed as (
    {%- for source in sources %}
    {{ 'union all' if not loop.first }}
    select
        '{{ source.name }}' as money_of,
        {{ source.id }} as row_id,
        coalesce(currency, 'None') as currency,
        {{ source.day }} as rate_date,
        {{ source.original_amount }} as original_amount
    from {{ source.rows }}
    where is_without_rate
        {%- if source.where %}
        and {{ source.where }}
        {%- endif %}
    {%- endfor %}
),

final as (
    select
        listed.money_of,
        listed.row_id,
        listed.currency,
        reporting.reporting_currency,
        listed.rate_date,
        listed.original_amount
    from listed
    cross join reporting
)

select * from final
