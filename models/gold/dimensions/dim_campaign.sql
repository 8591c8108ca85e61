with

members as (
    {{ known_members('marketing_campaigns') }}
),

final as (
    select
        {{ surrogate_key(['campaign_id']) }} as campaign_key,
        campaign_id,
        coalesce(campaign_name, 'Unknown') as campaign_name,
        coalesce(campaign_type, 'Unknown') as campaign_type,
        target_segment,
        target_state,
        product_id,
        start_date,
        end_date,
        {{ days_between('start_date', 'end_date') }} + 1 as duration_days,
        is_deleted,
        is_inferred
    from members
    union all
    select -1, 'Unknown', 'Unknown', 'Unknown', null, null, null, null, null, null, false, false
)

select * from final
