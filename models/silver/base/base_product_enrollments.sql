{{ config(
    materialized='incremental',
    incremental_strategy='touched_keys',
    unique_key='enrollment_id',
    indexes=[
        {'columns': ['enrollment_id'], 'unique': true},
        {'columns': ['_changed_batch_id']},
        {'columns': ['quarantine_rule'], 'where': 'quarantine_rule is not null'}
    ]
) }}

{{ latest_versions(
    'product_enrollments',
    {
        'customers': ref('base_customers'),
        'accounts': ref('base_accounts')
    }
) }}
