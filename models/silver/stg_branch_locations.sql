with

good_rows as (
    select * from {{ ref('base_branch_locations') }} where quarantine_rule is null
),

final as (
    select
        branch_id,
        branch_code,
        branch_name,
        branch_type,
        address,
        city,
        state,
        zip_code,
        latitude,
        longitude,
        region,
        open_date,
        is_active,
        square_footage,
        number_of_employees,
        avg_daily_customers,
        has_safe_deposit,
        has_notary,
        wheelchair_accessible,
        operating_hours,
        manager_name,
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
