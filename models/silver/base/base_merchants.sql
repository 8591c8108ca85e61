{{ config(
    materialized='incremental',
    incremental_strategy='touched_keys',
    unique_key='merchant_id',
    indexes=[
        {'columns': ['merchant_id'], 'unique': true},
        {'columns': ['_changed_batch_id']},
        {'columns': ['quarantine_rule'], 'where': 'quarantine_rule is not null'}
    ]
) }}

{{ latest_versions('merchants') }}
