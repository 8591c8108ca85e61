with

good_rows as (
    select * from {{ ref('base_digital_engagement') }} where quarantine_rule is null
),

final as (
    select
        engagement_id,
        customer_id,
        engaged_at,
        action_type,
        device_type,
        session_duration_minutes,
        pages_viewed,
        actions_taken,
        experiment_id,
        experiment_arm,
        is_converted,
        cast(engaged_at as date) as engagement_date,
        cast(extract(hour from engaged_at) as integer) as engagement_hour,
        experiment_id is not null as is_experiment,
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
