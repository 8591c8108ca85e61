with

good_rows as (
    select * from {{ ref('base_account_balances') }} where quarantine_rule is null
),

final as (
    select
        balance_id,
        account_id,
        customer_id,
        product_id,
        balance_date,
        balance,
        contributions,
        withdrawals,
        investment_returns,
        fees,
        {{ month_start('balance_date') }} as balance_month,
        coalesce(contributions, 0) - coalesce(withdrawals, 0) as net_flow_amount,
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
