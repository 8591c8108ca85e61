{{ quarantined_rows('products', ref('base_products')) }}

union all

{{ quarantined_rows('merchants', ref('base_merchants')) }}

union all

{{ quarantined_rows('customers', ref('base_customers')) }}

union all

{{ quarantined_rows('accounts', ref('base_accounts')) }}

union all

{{ quarantined_rows('transactions', ref('base_transactions')) }}

union all

{{ quarantined_rows('credit_applications', ref('base_credit_applications')) }}

union all

{{ quarantined_rows('fraud_alerts', ref('base_fraud_alerts')) }}

union all

{{ quarantined_rows('customer_interactions', ref('base_customer_interactions')) }}

union all

{{ quarantined_rows('loan_payments', ref('base_loan_payments')) }}

union all

{{ quarantined_rows('economic_indicators', ref('base_economic_indicators')) }}

union all

{{ quarantined_rows('marketing_campaigns', ref('base_marketing_campaigns')) }}

union all

{{ quarantined_rows('branch_locations', ref('base_branch_locations')) }}

union all

{{ quarantined_rows('atm_locations', ref('base_atm_locations')) }}

union all

{{ quarantined_rows('account_events', ref('base_account_events')) }}

union all

{{ quarantined_rows('customer_segments_history', ref('base_customer_segments_history')) }}

union all

{{ quarantined_rows('regulatory_reports', ref('base_regulatory_reports')) }}

union all

{{ quarantined_rows('risk_assessments', ref('base_risk_assessments')) }}

union all

{{ quarantined_rows('product_enrollments', ref('base_product_enrollments')) }}

union all

{{ quarantined_rows('account_balances', ref('base_account_balances')) }}

union all

{{ quarantined_rows('digital_engagement', ref('base_digital_engagement')) }}

union all

{{ quarantined_rows('advisors', ref('base_advisors')) }}

union all

{{ quarantined_rows('customer_retention', ref('base_customer_retention')) }}
