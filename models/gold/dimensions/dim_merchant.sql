with

members as (
    {{ known_members('merchants') }}
),

category_groups as (
    select * from {{ ref('ref_merchant_category_groups') }}
),

-- Codes are few: only they are looked up among the ranges. Both are four digits, which as text
-- stand in the order of their numbers.
codes as (
    select distinct mcc_code
    from members
    where {{ regex_match('mcc_code', '^[0-9]{4}$') }}
),

grouped as (
    select
        codes.mcc_code,
        category_groups.group_name
    from codes
    inner join category_groups
        on codes.mcc_code between category_groups.from_code and category_groups.to_code
),

final as (
    select
        {{ surrogate_key(['members.merchant_id']) }} as merchant_key,
        members.merchant_id,
        coalesce(members.merchant_name, 'Unknown') as merchant_name,
        coalesce(members.category, 'Unknown') as category,
        members.mcc_code,
        coalesce(grouped.group_name, 'Unknown') as merchant_category_group,
        members.city,
        members.state,
        members.country,
        members.latitude,
        members.longitude,
        coalesce(members.risk_rating, 'Unknown') as risk_rating,
        members.is_online,
        members.established_date,
        members.is_deleted,
        members.is_inferred
    from members
    left join grouped on members.mcc_code = grouped.mcc_code
    union all
    select
        -1, 'Unknown', 'Unknown', 'Unknown', null, 'Unknown', null, null, null, null, null,
        'Unknown', null, null, false, false
)

select * from final
