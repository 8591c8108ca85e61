{{ config(
    materialized='incremental',
    incremental_strategy='touched_keys',
    unique_key='report_id',
    indexes=[
        {'columns': ['report_id'], 'unique': true},
        {'columns': ['_changed_batch_id']},
        {'columns': ['quarantine_rule'], 'where': 'quarantine_rule is not null'}
    ]
) }}

{{ latest_versions(
    'regulatory_reports',
    {
        'customers': ref('base_customers'),
        'accounts': ref('base_accounts'),
        'transactions': ref('base_transactions')
    }
) }}
