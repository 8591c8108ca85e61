{{ quarantined_rows('products', ref('base_products'), with_row=true) }}

union all

{{ quarantined_rows('merchants', ref('base_merchants'), with_row=true) }}

union all

{{ quarantined_rows('customers', ref('base_customers'), with_row=true) }}

union all

{{ quarantined_rows('accounts', ref('base_accounts'), with_row=true) }}

union all

{{ quarantined_rows('transactions', ref('base_transactions'), with_row=true) }}

union all

{{ quarantined_rows('credit_applications', ref('base_credit_applications'), with_row=true) }}

union all

{{ quarantined_rows('fraud_alerts', ref('base_fraud_alerts'), with_row=true) }}

union all

{{ quarantined_rows('customer_interactions', ref('base_customer_interactions'), with_row=true) }}

union all

{{ quarantined_rows('loan_payments', ref('base_loan_payments'), with_row=true) }}

union all

{{ quarantined_rows('economic_indicators', ref('base_economic_indicators'), with_row=true) }}

union all

{{ quarantined_rows('marketing_campaigns', ref('base_marketing_campaigns'), with_row=true) }}

union all

{{ quarantined_rows('branch_locations', ref('base_branch_locations'), with_row=true) }}

union all

{{ quarantined_rows('atm_locations', ref('base_atm_locations'), with_row=true) }}

union all

{{ quarantined_rows('account_events', ref('base_account_events'), with_row=true) }}

union all

{{ quarantined_rows(
    'customer_segments_history', ref('base_customer_segments_history'), with_row=true
) }}

union all

{{ quarantined_rows('regulatory_reports', ref('base_regulatory_reports'), with_row=true) }}

union all

{{ quarantined_rows('risk_assessments', ref('base_risk_assessments'), with_row=true) }}

union all

{{ quarantined_rows('product_enrollments', ref('base_product_enrollments'), with_row=true) }}

union all

{{ quarantined_rows('account_balances', ref('base_account_balances'), with_row=true) }}

union all

{{ quarantined_rows('digital_engagement', ref('base_digital_engagement'), with_row=true) }}

union all

{{ quarantined_rows('advisors', ref('base_advisors'), with_row=true) }}

union all

{{ quarantined_rows('customer_retention', ref('base_customer_retention'), with_row=true) }}
