with

{{ import_ctes({
    'account_periods': ref('pop_account_periods'),
    'loans': ref('pop_loans'),
    'loan_payments': ref('fact_loan_payments'),
}) -}}

accounts as (
    select * from account_periods where period = 'current'
),

-- Whether all was paid that was due until the loan was closed.
paid_loans as (
    select
        loans.account_id,
        count(*) filter (where not loan_payments.is_settled) = 0 as is_paid
    from loans
    inner join loan_payments
        on loans.account_id = loan_payments.account_id
            and loan_payments.scheduled_date <= loans.close_date
    group by loans.account_id
),

-- A closed deposit was given up; how a closed loan ended, its ledger says.
ended as (
    select
        accounts.*,
        case
            when accounts.account_status <> 'Closed' then accounts.account_status
            when loans.charge_off_date is not null then 'Written off'
            when paid_loans.is_paid then 'Repaid'
            else accounts.account_status
        end as account_outcome
    from accounts
    left join loans on accounts.account_id = loans.account_id
    left join paid_loans on accounts.account_id = paid_loans.account_id
),

totals as (
    select
        product_key,
        product_id,
        product_name,
        product_category,
        account_status,
        account_outcome,
        count(*) as account_count,
        {%- for kind in balance_kinds() %}
        cast(sum({{ kind }}) as decimal(18, 3)) as {{ kind }},
        {%- endfor %}
        sum(balance_amount) as balance_amount,
        max(as_of) as as_of
    from ended
    group by
        product_key, product_id, product_name, product_category, account_status, account_outcome
),

product_totals as (
    select
        *,
        sum(account_count) over (partition by product_id) as product_account_count,
        sum(account_count) over () as all_account_count
    from totals
),

final as (
    select
        cast(
            dense_rank() over (
                order by product_account_count desc, product_name asc, product_id asc
            ) as integer
        ) as product_rank,
        product_key,
        product_id,
        product_name,
        product_category,
        account_status,
        account_outcome,
        account_count,
        {{ ratio('account_count', 'product_account_count') }} as share_of_product_rate,
        {{ ratio('account_count', 'all_account_count') }} as account_share_rate,
        {%- for kind in balance_kinds() %}
        {{ kind }},
        {%- endfor %}
        {{ mean_amount(ratio('balance_amount', 'account_count')) }}
            as mean_balance_amount,
        as_of
    from product_totals
)

select
    *,
    {{ money_note() }}
from final
