{{ config(
    materialized='incremental',
    incremental_strategy='touched_keys',
    unique_key=['_batch_id', '_source_row'],
    indexes=[{'columns': ['payment_id']}, {'columns': ['_batch_id'], 'type': 'brin'}]
) }}

{{ version_index('loan_payments') }}
