{{ config(
    materialized='incremental',
    incremental_strategy='touched_keys',
    unique_key='alert_id',
    indexes=[
        {'columns': ['alert_id'], 'unique': true},
        {'columns': ['_changed_batch_id']},
        {'columns': ['quarantine_rule'], 'where': 'quarantine_rule is not null'}
    ]
) }}

{{ latest_versions(
    'fraud_alerts',
    {
        'transactions': ref('base_transactions'),
        'customers': ref('base_customers'),
        'accounts': ref('base_accounts')
    }
) }}
