{{ config(
    materialized='incremental',
    incremental_strategy='touched_keys',
    partition_by={'value': '_batch_id'},
    unique_key=['account_id', '_batch_id', '_source_row'],
    indexes=[
        {'columns': ['account_id']},
        {'columns': ['customer_id']},
        {'columns': ['_batch_id'], 'type': 'brin'}
    ]
) }}

-- depends_on: {{ ref('int_as_of') }}
with

arrived as (
    {{ arrived_versions('accounts') }}
),

final as (
    select
        account_id,
        customer_id,
        account_status,
        credit_limit,
        interest_rate,
        product_id,
        currency,
        open_date,
        close_date,
        autopay_enabled as is_autopay_enabled,
        overdraft_protection as has_overdraft_protection,
        is_primary,
        is_deleted,
        _batch_id,
        _extracted_at,
        _source_file,
        _source_row
    from arrived
    where quarantine_rule is null
)

select * from final
