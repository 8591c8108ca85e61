with

good_rows as (
    select * from {{ ref('base_marketing_campaigns') }} where quarantine_rule is null
),

final as (
    select
        campaign_id,
        campaign_name,
        campaign_type,
        start_date,
        end_date,
        target_segment,
        target_state,
        product_id,
        budget,
        impressions,
        clicks,
        conversions,
        revenue_attributed,
        {{ days_between('start_date', 'end_date') }} + 1 as duration_days,
        target_segment is not null as is_addressed,
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
