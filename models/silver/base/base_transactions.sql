{{ config(
    materialized='incremental',
    incremental_strategy='touched_keys',
    partition_by={'month': 'transaction_at'},
    unique_key='transaction_id',
    indexes=[
        {'columns': ['transaction_id'], 'unique': true},
        {'columns': ['_changed_batch_id']},
        {'columns': ['quarantine_rule'], 'where': 'quarantine_rule is not null'},
        {'columns': ['(cast(transaction_at as date))', 'account_id']},
        {'columns': ['(' ~ month_start('transaction_at') ~ ')', 'customer_id']}
    ]
) }}

{{ latest_versions(
    'transactions',
    {'accounts': ref('base_accounts'), 'customers': ref('base_customers')}
) }}
