-- Two ways to a movement: from one row of an account to its next, the closing balance moves by the
-- completed transactions of fact_transactions and the statement adjustments of the days between,
-- and by nothing else: what a balance holds beyond all lines up to its day never changes.
with

snapshots as (
    select * from {{ ref('fact_account_daily_snapshot') }}
),

transactions as (
    select * from {{ ref('fact_transactions') }} where is_completed
),

statement_adjustments as (
    select * from {{ ref('int_account_statement_adjustments') }}
),

-- On one time line, the lines of a day before its balance.
laid as (
    select
        account_id,
        snapshot_date as laid_date,
        1 as place,
        closing_balance_amount,
        cast(0 as decimal(18, 2)) as line_amount
    from snapshots
    union all
    select
        account_id,
        transaction_date as laid_date,
        0 as place,
        cast(null as decimal(18, 2)) as closing_balance_amount,
        completed_amount as line_amount
    from transactions
    union all
    select
        account_id,
        balance_date as laid_date,
        0 as place,
        cast(null as decimal(18, 2)) as closing_balance_amount,
        adjustment_amount as line_amount
    from statement_adjustments
),

running as (
    select
        account_id,
        laid_date,
        place,
        closing_balance_amount - sum(line_amount) over (
            partition by account_id
            order by laid_date, place
            rows between unbounded preceding and current row
        ) as unmoved_amount
    from laid
),

compared as (
    select
        account_id,
        laid_date,
        unmoved_amount,
        lag(unmoved_amount) over (
            partition by account_id
            order by laid_date, place
        ) as previous_unmoved_amount
    from running
    where place = 1
)

select
    account_id,
    laid_date as snapshot_date,
    unmoved_amount,
    previous_unmoved_amount
from compared
where unmoved_amount <> previous_unmoved_amount
