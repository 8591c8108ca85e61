{{ config(
    materialized='incremental',
    incremental_strategy='touched_keys',
    unique_key='campaign_id',
    indexes=[
        {'columns': ['campaign_id'], 'unique': true},
        {'columns': ['_changed_batch_id']},
        {'columns': ['quarantine_rule'], 'where': 'quarantine_rule is not null'}
    ]
) }}

{{ latest_versions('marketing_campaigns') }}
