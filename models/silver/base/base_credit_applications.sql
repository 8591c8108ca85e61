{{ config(
    materialized='incremental',
    incremental_strategy='touched_keys',
    unique_key='application_id',
    indexes=[
        {'columns': ['application_id'], 'unique': true},
        {'columns': ['_changed_batch_id']},
        {'columns': ['quarantine_rule'], 'where': 'quarantine_rule is not null'}
    ]
) }}

{{ latest_versions(
    'credit_applications',
    {
        'customers': ref('base_customers'),
        'accounts': ref('base_accounts')
    }
) }}
