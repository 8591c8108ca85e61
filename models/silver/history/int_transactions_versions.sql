{{ config(
    materialized='incremental',
    incremental_strategy='touched_keys',
    partition_by={'value': '_batch_id'},
    unique_key=['_batch_id', '_source_row'],
    append_only=true,
    indexes=[{'columns': ['transaction_id']}, {'columns': ['_batch_id'], 'type': 'brin'}]
) }}

{{ version_index('transactions') }}
