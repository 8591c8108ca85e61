{{ config(
    materialized='incremental',
    incremental_strategy='touched_keys',
    unique_key='product_id',
    indexes=[
        {'columns': ['product_id'], 'unique': true},
        {'columns': ['_changed_batch_id']},
        {'columns': ['quarantine_rule'], 'where': 'quarantine_rule is not null'}
    ]
) }}

{{ latest_versions('products') }}
