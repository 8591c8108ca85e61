with

segment_history as (
    select * from {{ ref('stg_customer_segments_history') }} where not is_deleted
),

{{ import_ctes({'dim_customer': ref('dim_customer')}) -}}

source_rows as (
    select
        *,
        lead(effective_at) over (
            partition by customer_id
            order by effective_at, segment_history_id
        ) as superseded_at
    from segment_history
),

final as (
    select
        source_rows.segment_history_id,
        {{ version_keys('customer') }},
        {{ date_key('source_rows.effective_at') }} as date_key,
        source_rows.customer_id,
        source_rows.effective_at,
        source_rows.effective_date,
        source_rows.superseded_at,
        source_rows.previous_segment,
        source_rows.customer_segment,
        source_rows.previous_tier,
        source_rows.loyalty_tier,
        source_rows.previous_risk,
        source_rows.risk_segment,
        source_rows.change_type,
        source_rows.change_reason,
        {{ named_cause('source_rows.triggered_by') }} as triggered_by,
        source_rows.is_segment_change,
        source_rows.is_tier_change,
        source_rows.is_risk_change,
        source_rows.superseded_at is null as is_current,
        {{ days_between('source_rows.effective_at', 'source_rows.superseded_at') }} as days_in_force
    from source_rows
    {{ join_as_of('dim_customer', 'customer_id', 'source_rows.effective_at') }}
)

select * from final
