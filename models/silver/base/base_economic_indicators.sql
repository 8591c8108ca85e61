{{ config(
    materialized='incremental',
    incremental_strategy='touched_keys',
    unique_key='indicator_date',
    indexes=[
        {'columns': ['indicator_date'], 'unique': true},
        {'columns': ['_changed_batch_id']},
        {'columns': ['quarantine_rule'], 'where': 'quarantine_rule is not null'}
    ]
) }}

{{ latest_versions('economic_indicators') }}
