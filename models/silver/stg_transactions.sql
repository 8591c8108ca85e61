with

good_rows as (
    select * from {{ ref('base_transactions') }} where quarantine_rule is null
),

final as (
    select
        good_rows.transaction_id,
        good_rows.account_id,
        good_rows.customer_id,
        good_rows.merchant_id,
        good_rows.branch_id,
        good_rows.atm_id,
        good_rows.transaction_at,
        good_rows.transaction_type,
        good_rows.amount,
        good_rows.currency,
        good_rows.channel,
        good_rows.status,
        good_rows.decline_reason,
        good_rows.merchant_category,
        good_rows.mcc_code,
        good_rows.description,
        good_rows.location_city,
        good_rows.location_state,
        good_rows.location_country,
        good_rows.latitude,
        good_rows.longitude,
        good_rows.is_international,
        good_rows.device_id,
        good_rows.ip_address,
        good_rows.authorization_code,
        good_rows.card_last_four,
        good_rows.is_recurring,
        good_rows.is_fraud,
        good_rows.fraud_score,
        good_rows.distance_from_home_km,
        good_rows.merchant_risk_score,
        good_rows.velocity_24h,
        good_rows.amount_deviation_score,
        good_rows.processing_time_ms,
        cast(good_rows.transaction_at as date) as transaction_date,
        cast(extract(hour from good_rows.transaction_at) as integer) as transaction_hour,
        {{ iso_weekday('good_rows.transaction_at') }} as transaction_weekday,
        {{ iso_weekday('good_rows.transaction_at') }} >= 6 as is_weekend,
        extract(hour from good_rows.transaction_at) < {{ var('night_ends_at_hour') }} as is_night,
        {{ band('abs(good_rows.amount)', 'amount_bands') }} as amount_band,
        {{ is_completed('good_rows') }} as is_completed,
        good_rows.status = 'Declined' as is_declined,
        good_rows.amount > 0 as is_inflow,
        {{ completed_money('good_rows') }},
        good_rows.is_deleted,
        good_rows._first_batch_id,
        good_rows._changed_batch_id,
        good_rows._batch_id,
        good_rows._extracted_at,
        good_rows._source_file,
        good_rows._source_row
    from good_rows
)

select * from final
