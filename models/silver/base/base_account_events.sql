{{ config(
    materialized='incremental',
    incremental_strategy='touched_keys',
    partition_by={'month': 'event_at'},
    unique_key='event_id',
    indexes=[
        {'columns': ['event_id'], 'unique': true},
        {'columns': ['_changed_batch_id']},
        {'columns': ['quarantine_rule'], 'where': 'quarantine_rule is not null'},
        {'columns': ['account_id', 'event_at']},
        {'columns': ['customer_id', 'event_at']}
    ]
) }}

{{ latest_versions(
    'account_events',
    {
        'accounts': ref('base_accounts'),
        'customers': ref('base_customers')
    }
) }}
