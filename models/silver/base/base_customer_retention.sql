{{ config(
    materialized='incremental',
    incremental_strategy='touched_keys',
    unique_key=['customer_id', 'product_id', 'churn_date'],
    indexes=[
        {'columns': ['customer_id', 'product_id', 'churn_date'], 'unique': true},
        {'columns': ['_changed_batch_id']},
        {'columns': ['quarantine_rule'], 'where': 'quarantine_rule is not null'}
    ]
) }}

{{ latest_versions('customer_retention', {'customers': ref('base_customers')}) }}
