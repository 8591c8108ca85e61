with

members as (
    {{ known_members('merchants') }}
),

final as (
    select
        {{ surrogate_key(['merchant_id']) }} as merchant_key,
        merchant_id,
        coalesce(merchant_name, 'Unknown') as merchant_name,
        coalesce(category, 'Unknown') as category,
        mcc_code,
        city,
        state,
        country,
        latitude,
        longitude,
        coalesce(risk_rating, 'Unknown') as risk_rating,
        is_online,
        established_date,
        is_deleted,
        is_inferred
    from members
    union all
    select
        -1, 'Unknown', 'Unknown', 'Unknown', null, null, null, null, null, null, 'Unknown', null,
        null, false, false
)

select * from final
