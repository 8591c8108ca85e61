{{ config(
    materialized='incremental',
    incremental_strategy='touched_keys',
    unique_key='segment_history_id',
    indexes=[
        {'columns': ['segment_history_id'], 'unique': true},
        {'columns': ['_changed_batch_id']},
        {'columns': ['quarantine_rule'], 'where': 'quarantine_rule is not null'}
    ]
) }}

{{ latest_versions('customer_segments_history', {'customers': ref('base_customers')}) }}
