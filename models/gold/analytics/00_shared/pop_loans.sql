with

{{ import_ctes({
    'account_periods': ref('pop_account_periods'),
    'anchors': ref('int_account_balance_anchors'),
    'loan_payments': ref('fact_loan_payments'),
    'transactions': ref('fact_transactions'),
    'applications': ref('fact_credit_applications'),
    'calendar': ref('int_as_of'),
}) -}}

instalment_accounts as (
    select distinct account_id from loan_payments
),

loan_accounts as (
    select
        account_periods.account_id,
        account_periods.customer_id,
        account_periods.product_id,
        account_periods.product_name,
        account_periods.is_open,
        anchors.open_date,
        anchors.close_date
    from account_periods
    inner join anchors on account_periods.account_id = anchors.account_id
    left join instalment_accounts on account_periods.account_id = instalment_accounts.account_id
    where account_periods.period = 'current'
        and (
            account_periods.product_category = 'Loan'
            or instalment_accounts.account_id is not null
        )
),

-- What the bank took as a loss; an entry the other way takes it back.
charge_offs as (
    select
        account_id,
        min(case when original_amount > 0 then transaction_date end) as charge_off_date,
        sum(completed_amount) as charge_off_amount
    from transactions
    where transaction_type = 'Write-off' and is_completed
    group by account_id
    having sum(original_amount) > 0
),

recoveries as (
    select
        charge_offs.account_id,
        sum(loan_payments.paid_amount) as recovery_amount
    from charge_offs
    inner join loan_payments
        on charge_offs.account_id = loan_payments.account_id
            and charge_offs.charge_off_date < loan_payments.actual_date
    group by charge_offs.account_id
),

-- An instalment waits until it is settled, or the loan is closed.
defaults as (
    select
        loan_payments.account_id,
        min(
            case
                when loan_payments.is_defaulted then loan_payments.scheduled_date
                else {{ add_days('loan_payments.scheduled_date', var('default_days')) }}
            end
        ) as default_date
    from loan_payments
    inner join loan_accounts on loan_payments.account_id = loan_accounts.account_id
    cross join calendar
    where (loan_payments.is_defaulted and loan_payments.scheduled_date < calendar.as_of_date)
        or {{ add_days('loan_payments.scheduled_date', var('default_days')) }}
        <= least(
            coalesce(loan_payments.settled_date, calendar.as_of_date),
            coalesce(loan_accounts.close_date, calendar.as_of_date),
            calendar.as_of_date
        )
    group by loan_payments.account_id
),

-- What was lent, as the last approved application of the account says.
approvals as (
    select
        account_id,
        approved_amount,
        row_number() over (
            partition by account_id order by application_date desc, application_id desc
        ) as approval_rank
    from applications
    where is_approved and account_id is not null and approved_amount is not null
),

final as (
    select
        loan_accounts.account_id,
        loan_accounts.customer_id,
        loan_accounts.product_id,
        loan_accounts.product_name,
        loan_accounts.open_date,
        loan_accounts.close_date,
        loan_accounts.is_open,
        approvals.approved_amount as lent_amount,
        least(defaults.default_date, charge_offs.charge_off_date) as default_date,
        charge_offs.charge_off_date,
        cast(coalesce(charge_offs.charge_off_amount, 0) as decimal(18, 3)) as charge_off_amount,
        cast(coalesce(recoveries.recovery_amount, 0) as decimal(18, 3)) as recovery_amount,
        calendar.as_of
    from loan_accounts
    cross join calendar
    left join charge_offs on loan_accounts.account_id = charge_offs.account_id
    left join recoveries on loan_accounts.account_id = recoveries.account_id
    left join defaults on loan_accounts.account_id = defaults.account_id
    left join approvals
        on loan_accounts.account_id = approvals.account_id
            and approvals.approval_rank = 1
)

select * from final
