{# What approvals are compared by: the name for readers, the expression, whether the law protects
   it (Equal Credit Opportunity Act: age and marital status are all that the bank holds of it), and
   the bands' var where its levels have an order. #}
{% macro credit_approval_factors() -%}
    {{ return([
        {'name': 'Credit score', 'sql': 'applications.credit_score_band', 'bands': 'credit_score'},
        {
            'name': 'Debt to income',
            'sql': band('applications.debt_to_income_ratio', 'debt_to_income'),
            'bands': 'debt_to_income',
        },
        {'name': 'Employment', 'sql': 'customer_versions.employment_status'},
        {
            'name': 'Income',
            'sql': band('applications.annual_income_amount', 'income'),
            'bands': 'income',
        },
        {'name': 'Product', 'sql': 'products.product_name'},
        {'name': 'Channel', 'sql': 'applications.application_channel'},
        {
            'name': 'Age',
            'sql': "case when applications.is_elderly_applicant then '" ~ var('elderly_age_years')
                ~ " and over' when not applications.is_elderly_applicant then 'Under "
                ~ var('elderly_age_years') ~ "' end",
            'protected': true,
        },
        {'name': 'Marital status', 'sql': 'customer_versions.marital_status', 'protected': true},
    ]) }}
{%- endmacro %}
