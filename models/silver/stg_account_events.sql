with

good_rows as (
    select * from {{ ref('base_account_events') }} where quarantine_rule is null
),

final as (
    select
        event_id,
        account_id,
        customer_id,
        event_at,
        event_category,
        event_type,
        attribute,
        old_value,
        new_value,
        triggered_by,
        channel,
        approval_status,
        cast(event_at as date) as event_date,
        (new_value is distinct from old_value) as is_change,
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
