with

good_rows as (
    select * from {{ ref('base_transactions') }} where quarantine_rule is null
),

final as (
    select
        transaction_id,
        account_id,
        customer_id,
        merchant_id,
        branch_id,
        atm_id,
        transaction_at,
        transaction_type,
        amount,
        currency,
        channel,
        status,
        decline_reason,
        merchant_category,
        mcc_code,
        description,
        location_city,
        location_state,
        location_country,
        latitude,
        longitude,
        is_international,
        device_id,
        ip_address,
        authorization_code,
        card_last_four,
        is_recurring,
        is_fraud,
        fraud_score,
        distance_from_home_km,
        merchant_risk_score,
        velocity_24h,
        amount_deviation_score,
        processing_time_ms,
        cast(transaction_at as date) as transaction_date,
        cast(extract(hour from transaction_at) as integer) as transaction_hour,
        {{ iso_weekday('transaction_at') }} as transaction_weekday,
        {{ iso_weekday('transaction_at') }} >= 6 as is_weekend,
        extract(hour from transaction_at) < {{ var('night_ends_at_hour') }} as is_night,
        {{ band('abs(amount)', 'amount_bands') }} as amount_band,
        {{ is_completed('good_rows') }} as is_completed,
        status = 'Declined' as is_declined,
        amount > 0 as is_inflow,
{{ completed_money('good_rows') }},
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
