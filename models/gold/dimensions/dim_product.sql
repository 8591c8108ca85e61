with

members as (
    {{ known_members('products') }}
),

final as (
    select
        {{ surrogate_key(['product_id']) }} as product_key,
        product_id,
        coalesce(product_name, 'Unknown') as product_name,
        coalesce(category, 'Unknown') as category,
        coalesce(product_tier, 'Unknown') as product_tier,
        coalesce(risk_level, 'Unknown') as risk_level,
        interest_rate,
        min_balance as min_balance_amount,
        min_investment as min_investment_amount,
        monthly_fee as monthly_fee_amount,
        annual_fee_pct as annual_fee_rate,
        management_fee_fixed as management_fee_amount,
        overdraft_limit as overdraft_limit_amount,
        is_premium,
        launch_date,
        is_active,
        is_deleted,
        is_inferred
    from members
    union all
    select
        -1, 'Unknown', 'Unknown', 'Unknown', 'Unknown', 'Unknown',
        null, null, null, null, null, null, null, null, null, null, false, false
)

select * from final
