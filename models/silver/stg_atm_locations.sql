with

good_rows as (
    select * from {{ ref('base_atm_locations') }} where quarantine_rule is null
),

final as (
    select
        atm_id,
        atm_code,
        branch_id,
        location_type,
        address,
        city,
        state,
        zip_code,
        latitude,
        longitude,
        install_date,
        last_maintenance_date,
        is_operational,
        is_deposit_enabled,
        is_24_hour,
        max_withdrawal_amount,
        cash_capacity,
        surcharge_fee,
        avg_daily_transactions,
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
