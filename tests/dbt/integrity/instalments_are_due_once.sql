-- What was due, counted by the raw rows: one amount a loan, day and number, however many payments
-- were made to it; and what was received of it is never more than once in fact_loan_payments.
-- (What that has in the reporting currency alone is compared where nothing is converted.)
with

raw_rows as (
    select * from {{ ref('base_loan_payments') }} where quarantine_rule is null and not is_deleted
),

payments as (
    select * from {{ ref('fact_loan_payments') }}
),

raw_instalments as (
    select
        account_id,
        scheduled_date,
        coalesce(installment_number, -1) as installment_number,
        max(scheduled_amount) as due_amount,
        max(coalesce(principal_amount, 0)) as principal_amount,
        max(coalesce(interest_amount, 0)) as interest_amount
    from raw_rows
    group by account_id, scheduled_date, coalesce(installment_number, -1)
),

fact_instalments as (
    select
        account_id,
        scheduled_date,
        coalesce(installment_number, -1) as installment_number,
        sum(original_scheduled_amount) as due_amount,
        sum(principal_amount) as principal_amount,
        sum(interest_amount) as interest_amount,
        sum(paid_interest_amount) as paid_interest_amount,
        sum(original_shortfall_amount) as shortfall_amount,
        sum(original_paid_amount) as paid_amount,
        min(case when exchange_rate = 1 and paid_exchange_rate = 1 then 1 else 0 end) as own_number,
        count(distinct coalesce(cast(settled_date as {{ text_type() }}), 'never')) as state_count
    from payments
    group by account_id, scheduled_date, coalesce(installment_number, -1)
)

select
    account_id,
    scheduled_date,
    installment_number,
    raw_instalments.due_amount as raw_due_amount,
    fact_instalments.due_amount,
    fact_instalments.paid_amount,
    fact_instalments.shortfall_amount,
    fact_instalments.paid_interest_amount
from raw_instalments
full join fact_instalments using (account_id, scheduled_date, installment_number)
where raw_instalments.due_amount is distinct from fact_instalments.due_amount
    or fact_instalments.shortfall_amount
    <> fact_instalments.due_amount - fact_instalments.paid_amount
    or fact_instalments.own_number = 1 and (
        raw_instalments.principal_amount is distinct from fact_instalments.principal_amount
        or raw_instalments.interest_amount is distinct from fact_instalments.interest_amount
        or fact_instalments.paid_interest_amount
        <> least(fact_instalments.paid_amount, fact_instalments.interest_amount)
    )
    or fact_instalments.state_count <> 1
