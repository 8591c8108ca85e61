{{ config(
    materialized='incremental',
    incremental_strategy='touched_keys',
    partition_by={'month': 'balance_date'},
    unique_key='balance_id',
    indexes=[
        {'columns': ['balance_id'], 'unique': true},
        {'columns': ['_changed_batch_id']},
        {'columns': ['quarantine_rule'], 'where': 'quarantine_rule is not null'},
        {'columns': ['account_id', 'balance_date']},
        {'columns': ['customer_id', 'balance_date']}
    ]
) }}

{{ latest_versions(
    'account_balances',
    {
        'accounts': ref('base_accounts'),
        'customers': ref('base_customers')
    }
) }}
