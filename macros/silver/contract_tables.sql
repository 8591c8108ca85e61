{# The names of the raw tables, in the contract's order: what a model loops over that reads each of
   them. They are written here because a ref counts only if dbt meets it when it parses, before
   the contract can be read. Made by python -m tools.derived. #}
{% macro contract_tables() -%}
    {{ return([
        'products',
        'merchants',
        'customers',
        'accounts',
        'transactions',
        'credit_applications',
        'fraud_alerts',
        'customer_interactions',
        'loan_payments',
        'economic_indicators',
        'marketing_campaigns',
        'branch_locations',
        'atm_locations',
        'account_events',
        'customer_segments_history',
        'regulatory_reports',
        'risk_assessments',
        'product_enrollments',
        'account_balances',
        'digital_engagement',
        'advisors',
        'customer_retention',
        'exchange_rates'
    ]) }}
{%- endmacro %}
