{{ config(
    materialized='incremental',
    incremental_strategy='touched_keys',
    unique_key=['_batch_id', '_source_row'],
    indexes=[{'columns': ['interaction_id']}, {'columns': ['_batch_id'], 'type': 'brin'}]
) }}

{{ version_index('customer_interactions') }}
