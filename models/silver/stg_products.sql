with

good_rows as (
    select * from {{ ref('base_products') }} where quarantine_rule is null
),

final as (
    select
        product_id,
        product_name,
        category,
        product_tier,
        interest_rate,
        min_balance,
        monthly_fee,
        annual_fee_pct,
        management_fee_fixed,
        overdraft_limit,
        min_investment,
        risk_level,
        is_premium,
        launch_date,
        is_active,
        category in ('Credit', 'Loan') as is_lending,
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
