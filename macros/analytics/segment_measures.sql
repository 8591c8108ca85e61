{# What segments are compared on. name: in tables; label: for readers; is_log: the measure is a
   natural logarithm, so that a difference is the logarithm of a ratio; period: the value rests on
   whole months in one segment, else on as_of. In the order in which they are shown. #}
{% macro segment_measures() -%}
    {{ return([
        {'name': 'log_monthly_spend', 'label': 'Monthly purchase spend', 'is_log': true, 'period': true},
        {'name': 'log_purchase_ticket', 'label': 'Mean purchase amount', 'is_log': true, 'period': true},
        {'name': 'monthly_purchases', 'label': 'Purchases a month', 'is_log': false, 'period': true},
        {'name': 'monthly_sessions', 'label': 'Digital sessions a month', 'is_log': false, 'period': true},
        {'name': 'log_deposit_balance', 'label': 'Deposit balance', 'is_log': true, 'period': false},
        {'name': 'products_held', 'label': 'Products held', 'is_log': false, 'period': false},
        {'name': 'credit_score', 'label': 'Credit score', 'is_log': false, 'period': false},
        {'name': 'tenure_years', 'label': 'Tenure, years', 'is_log': false, 'period': false},
    ]) }}
{%- endmacro %}
