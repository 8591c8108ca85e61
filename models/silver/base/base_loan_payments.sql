{{ config(
    materialized='incremental',
    incremental_strategy='touched_keys',
    partition_by={'month': 'scheduled_date'},
    unique_key='payment_id',
    indexes=[
        {'columns': ['payment_id'], 'unique': true},
        {'columns': ['_changed_batch_id']},
        {'columns': ['quarantine_rule'], 'where': 'quarantine_rule is not null'},
        {'columns': ['account_id', 'scheduled_date']},
        {'columns': ['(' ~ month_start('scheduled_date') ~ ')', 'customer_id']}
    ]
) }}

{{ latest_versions(
    'loan_payments',
    {
        'accounts': ref('base_accounts'),
        'customers': ref('base_customers')
    }
) }}
