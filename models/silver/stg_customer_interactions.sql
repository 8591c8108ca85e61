with

good_rows as (
    select * from {{ ref('base_customer_interactions') }} where quarantine_rule is null
),

final as (
    select
        interaction_id,
        customer_id,
        agent_id,
        interaction_at,
        channel,
        reason,
        product_id,
        branch_id,
        duration_minutes,
        wait_minutes,
        sentiment_score,
        satisfaction_rating,
        resolution_status,
        is_first_contact_resolved,
        is_escalated,
        notes,
        cast(interaction_at as date) as interaction_date,
        cast(extract(hour from interaction_at) as integer) as interaction_hour,
        {{ iso_weekday('interaction_at') }} as interaction_weekday,
        case
            when channel in ('Phone', 'Branch') then 'Assisted'
            when channel is not null then 'Digital'
        end as channel_group,
        reason = 'Complaint' as is_complaint,
        resolution_status = 'Resolved' as is_resolved,
        satisfaction_rating is not null as is_rated,
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
