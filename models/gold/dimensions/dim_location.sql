with

branches as (
    {{ known_members('branch_locations') }}
),

atms as (
    {{ known_members('atm_locations') }}
),

final as (
    select
        {{ surrogate_key(["'branch'", 'branch_id']) }} as location_key,
        'branch:' || branch_id as location_code,
        'Branch' as location_type,
        branch_id,
        cast(null as {{ text_type() }}) as atm_id,
        cast(null as {{ text_type() }}) as host_branch_id,
        branch_code as site_code,
        coalesce(branch_name, 'Branch ' || branch_id) as location_name,
        coalesce(branch_type, 'Unknown') as location_subtype,
        address,
        city,
        state,
        zip_code,
        region,
        latitude,
        longitude,
        open_date,
        is_active,
        number_of_employees as employee_count,
        avg_daily_customers as daily_customer_count,
        cast(null as integer) as daily_transaction_count,
        cast(null as decimal(18, 3)) as surcharge_fee_amount,
        wheelchair_accessible as is_wheelchair_accessible,
        cast(null as boolean) as is_24_hour,
        is_deleted,
        is_inferred
    from branches
    union all
    select
        {{ surrogate_key(["'atm'", 'atms.atm_id']) }},
        'atm:' || atms.atm_id,
        'ATM',
        null,
        atms.atm_id,
        atms.branch_id,
        atms.atm_code,
        'ATM ' || atms.atm_id,
        coalesce(atms.location_type, 'Unknown'),
        atms.address,
        atms.city,
        atms.state,
        atms.zip_code,
        branches.region,
        atms.latitude,
        atms.longitude,
        atms.install_date,
        atms.is_operational,
        null,
        null,
        atms.avg_daily_transactions,
        atms.surcharge_fee,
        null,
        atms.is_24_hour,
        atms.is_deleted,
        atms.is_inferred
    from atms
    left join branches on atms.branch_id = branches.branch_id
    union all
    select
        -1, 'Unknown', 'Unknown', null, null, null, null, 'Unknown', 'Unknown', null, null, null,
        null, null,
        null, null, null, null, null, null, null, null, null, null, false, false
)

select * from final
