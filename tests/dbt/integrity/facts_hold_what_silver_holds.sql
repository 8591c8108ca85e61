-- Silver to facts, rows and money: a fact holds what its raw table does, less the rows in
-- quarantine and the deleted ones (base_<table> keeps and marks both). What a fact has in the
-- reporting currency alone (converted) is compared over the accounts that are kept in it.
{%- set account_currencies = ref('int_account_currencies') %}
{%- set reconciled = [
    {'fact': ref('fact_transactions'), 'base': ref('base_transactions'),
     'name': 'fact_transactions', 'money': {'amount': 'original_amount'}},
    {'fact': ref('fact_loan_payments'), 'base': ref('base_loan_payments'),
     'name': 'fact_loan_payments',
     'money': {'late_fee': 'late_fee_amount',
              'outstanding_balance': 'original_outstanding_balance_amount',
              'coalesce(actual_amount, case when actual_date is not null then scheduled_amount end)':
                  'original_paid_amount'},
     'converted': ['late_fee_amount']},
    {'fact': ref('fact_fraud_alerts'), 'base': ref('base_fraud_alerts'),
     'name': 'fact_fraud_alerts',
     'money': {'amount_at_risk': 'original_at_risk_amount', 'amount_recovered': 'recovered_amount'},
     'converted': ['recovered_amount']},
    {'fact': ref('fact_credit_applications'), 'base': ref('base_credit_applications'),
     'name': 'fact_credit_applications',
     'money': {'requested_amount': 'original_requested_amount', 'annual_income': 'annual_income_amount'}},
    {'fact': ref('fact_customer_interactions'), 'base': ref('base_customer_interactions'),
     'name': 'fact_customer_interactions', 'money': {}},
    {'fact': ref('fact_account_events'), 'base': ref('base_account_events'),
     'name': 'fact_account_events', 'money': {}},
    {'fact': ref('fact_digital_engagement'), 'base': ref('base_digital_engagement'),
     'name': 'fact_digital_engagement', 'money': {}},
    {'fact': ref('fact_customer_segment_history'), 'base': ref('base_customer_segments_history'),
     'name': 'fact_customer_segment_history',
     'money': {}},
    {'fact': ref('fact_regulatory_reports'), 'base': ref('base_regulatory_reports'),
     'name': 'fact_regulatory_reports',
     'money': {'amount_reported': 'reported_amount', 'penalty_amount': 'penalty_amount'}},
    {'fact': ref('fact_risk_assessments'), 'base': ref('base_risk_assessments'),
     'name': 'fact_risk_assessments', 'money': {}},
    {'fact': ref('fact_marketing_campaigns'), 'base': ref('base_marketing_campaigns'),
     'name': 'fact_marketing_campaigns',
     'money': {'budget': 'budget_amount', 'revenue_attributed': 'revenue_amount'}},
    {'fact': ref('fact_account_balances'), 'base': ref('base_account_balances'),
     'name': 'fact_account_balances',
     'money': {'balance': 'original_closing_balance_amount', 'contributions': 'contribution_amount',
              'withdrawals': 'withdrawal_amount',
              'investment_returns': 'investment_return_amount', 'fees': 'fee_amount'},
     'converted': [
         'contribution_amount', 'withdrawal_amount', 'investment_return_amount', 'fee_amount',
     ]},
    {'fact': ref('fact_product_enrollments'), 'base': ref('base_product_enrollments'),
     'name': 'fact_product_enrollments',
     'money': {'initial_investment': 'original_initial_investment_amount',
              'monthly_contribution': 'monthly_contribution_amount'},
     'converted': ['monthly_contribution_amount']},
    {'fact': ref('fact_customer_retention'), 'base': ref('base_customer_retention'),
     'name': 'fact_customer_retention',
     'money': {'lifetime_value': 'lifetime_value_amount'}},
] %}

with

reporting as (
    select * from {{ ref('int_reporting_currency') }}
),

{% for item in reconciled -%}
{{ item.name }}_held as (
    select
        count(*) as row_count
        {%- for column in item.money.values() %},
        coalesce(sum({{ column }})
        {%- if column in item.converted %} filter (
            where coalesce(currency, reporting_currency) = reporting_currency
        ){% endif %}, 0) as {{ column }}
        {%- endfor %}
    from {{ item.fact }}
    cross join reporting
),

{{ item.name }}_due as (
    select
        count(*) as row_count
        {%- for source_column, column in item.money.items() %},
        coalesce(sum({{ source_column }})
        {%- if column in item.converted %} filter (
            where coalesce(account_currencies.currency, reporting_currency) = reporting_currency
        ){% endif %}, 0) as {{ column }}
        {%- endfor %}
    from {{ item.base }}
    cross join reporting
    {%- if item.converted %}
    left join {{ account_currencies }} as account_currencies using (account_id)
    {%- endif %}
    where quarantine_rule is null and not is_deleted
),

{% endfor -%}

compared as (
    {%- for item in reconciled %}
    {%- set is_first_item = loop.first %}
    {%- for column in ['row_count'] + item.money.values() | list %}
    {{ 'union all' if not (loop.first and is_first_item) }}
    select
        '{{ item.name }}' as fact_name,
        '{{ column }}' as measure,
        cast({{ item.name }}_held.{{ column }} as decimal(38, 3)) as total_in_fact,
        cast({{ item.name }}_due.{{ column }} as decimal(38, 3)) as total_in_silver
    from {{ item.name }}_held
    cross join {{ item.name }}_due
    {%- endfor %}
    {%- endfor %}
)

select *
from compared
where total_in_fact <> total_in_silver
