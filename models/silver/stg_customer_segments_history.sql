with

good_rows as (
    select * from {{ ref('base_customer_segments_history') }} where quarantine_rule is null
),

final as (
    select
        segment_history_id,
        customer_id,
        effective_at,
        customer_segment,
        previous_segment,
        loyalty_tier,
        previous_tier,
        risk_segment,
        previous_risk,
        change_type,
        change_reason,
        triggered_by,
        cast(effective_at as date) as effective_date,
        (customer_segment is distinct from previous_segment) as is_segment_change,
        (loyalty_tier is distinct from previous_tier) as is_tier_change,
        (risk_segment is distinct from previous_risk) as is_risk_change,
        is_deleted,
        _first_batch_id,
        _changed_batch_id,
        _batch_id,
        _extracted_at,
        _source_file,
        _source_row
    from good_rows
)

select * from final
