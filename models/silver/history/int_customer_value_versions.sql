{{ config(
    materialized='incremental',
    incremental_strategy='touched_keys',
    partition_by={'value': '_batch_id'},
    unique_key=['customer_id', '_batch_id', '_source_row'],
    indexes=[{'columns': ['customer_id']}, {'columns': ['_batch_id'], 'type': 'brin'}]
) }}

-- depends_on: {{ ref('int_as_of') }}
with

arrived as (
    {{ arrived_versions('customers') }}
),

final as (
    select
        customer_id,
        credit_score,
        annual_income,
        customer_lifetime_value,
        _batch_id,
        _extracted_at,
        _source_file,
        _source_row
    from arrived
    where quarantine_rule is null and not is_deleted
)

select * from final
