{{ config(
    materialized='incremental',
    incremental_strategy='touched_keys',
    partition_by={'value': '_batch_id'},
    unique_key=['feed_id', '_batch_id', '_source_row'],
    indexes=[
        {'columns': ['feed_id']},
        {'columns': ['customer_id']},
        {'columns': ['_batch_id'], 'type': 'brin'}
    ]
) }}

-- depends_on: {{ ref('int_as_of') }}
with

arrived as (
    {{ arrived_versions('customer_segments_history') }}
),

final as (
    select
        segment_history_id as feed_id,
        customer_id,
        effective_at,
        {{ value_in_set('customer_segment', 'customers', 'customer_segment') }} as customer_segment,
        {{ value_in_set('previous_segment', 'customers', 'customer_segment') }} as previous_customer_segment,
        {{ value_in_set('loyalty_tier', 'customers', 'loyalty_tier') }} as loyalty_tier,
        {{ value_in_set('previous_tier', 'customers', 'loyalty_tier') }} as previous_loyalty_tier,
        {{ value_in_set('risk_segment', 'customers', 'risk_segment') }} as risk_segment,
        {{ value_in_set('previous_risk', 'customers', 'risk_segment') }} as previous_risk_segment,
        not is_deleted and quarantine_rule is null as is_statement,
        _batch_id,
        _extracted_at,
        _source_file,
        _source_row
    from arrived
)

select * from final
