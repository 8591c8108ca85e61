-- Bronze to silver: every row of bronze won or lost to a later version of its key; no key vanishes,
-- none appears, and the winner's money is that of its version.
{{ config(enabled=not var('as_of', none)) }}

-- depends_on: {{ ref('int_as_of') }}
{{ unaccounted_versions('products', ref('base_products')) }}
union all

{{ unaccounted_versions('merchants', ref('base_merchants')) }}
union all

{{ unaccounted_versions('customers', ref('base_customers')) }}
union all

{{ unaccounted_versions('accounts', ref('base_accounts')) }}
union all

{{ unaccounted_versions('transactions', ref('base_transactions')) }}
union all

{{ unaccounted_versions('credit_applications', ref('base_credit_applications')) }}
union all

{{ unaccounted_versions('fraud_alerts', ref('base_fraud_alerts')) }}
union all

{{ unaccounted_versions('customer_interactions', ref('base_customer_interactions')) }}
union all

{{ unaccounted_versions('loan_payments', ref('base_loan_payments')) }}
union all

{{ unaccounted_versions('economic_indicators', ref('base_economic_indicators')) }}
union all

{{ unaccounted_versions('marketing_campaigns', ref('base_marketing_campaigns')) }}
union all

{{ unaccounted_versions('branch_locations', ref('base_branch_locations')) }}
union all

{{ unaccounted_versions('atm_locations', ref('base_atm_locations')) }}
union all

{{ unaccounted_versions('account_events', ref('base_account_events')) }}
union all

{{ unaccounted_versions('customer_segments_history', ref('base_customer_segments_history')) }}
union all

{{ unaccounted_versions('regulatory_reports', ref('base_regulatory_reports')) }}
union all

{{ unaccounted_versions('risk_assessments', ref('base_risk_assessments')) }}
union all

{{ unaccounted_versions('product_enrollments', ref('base_product_enrollments')) }}
union all

{{ unaccounted_versions('account_balances', ref('base_account_balances')) }}
union all

{{ unaccounted_versions('digital_engagement', ref('base_digital_engagement')) }}
union all

{{ unaccounted_versions('advisors', ref('base_advisors')) }}
union all

{{ unaccounted_versions('customer_retention', ref('base_customer_retention')) }}
