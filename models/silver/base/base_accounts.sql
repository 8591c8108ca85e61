{{ config(
    materialized='incremental',
    incremental_strategy='touched_keys',
    unique_key='account_id',
    indexes=[
        {'columns': ['account_id'], 'unique': true},
        {'columns': ['_changed_batch_id']},
        {'columns': ['quarantine_rule'], 'where': 'quarantine_rule is not null'}
    ]
) }}

{{ latest_versions('accounts', {'customers': ref('base_customers')}) }}
