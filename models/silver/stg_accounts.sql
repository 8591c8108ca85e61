with

good_rows as (
    select * from {{ ref('base_accounts') }} where quarantine_rule is null
),

final as (
    select
        account_id,
        customer_id,
        product_id,
        account_number,
        account_status,
        open_date,
        close_date,
        current_balance,
        available_balance,
        credit_limit,
        currency,
        interest_rate,
        minimum_payment,
        payment_due_date,
        last_statement_date,
        autopay_enabled,
        overdraft_protection,
        is_primary,
        account_status = 'Closed' as is_closed,
        {{ days_between('open_date', 'close_date') }} as lifetime_days,
        case
            when credit_limit is not null then greatest(-current_balance, 0)
        end as used_credit_amount,
        {{ ratio('greatest(-current_balance, 0)', 'credit_limit') }} as utilization_rate,
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
