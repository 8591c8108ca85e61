with

good_rows as (
    select * from {{ ref('base_merchants') }} where quarantine_rule is null
),

final as (
    select
        merchant_id,
        merchant_name,
        category,
        mcc_code,
        city,
        state,
        country,
        latitude,
        longitude,
        risk_rating,
        avg_transaction_amount,
        is_online,
        established_date,
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
