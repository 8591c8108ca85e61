-- Two ways to a movement: from one row of an account to its next, the closing balance moves by the
-- completed transactions of fact_transactions and the statement adjustments of the days between,
-- and by nothing else.
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

ranges as (
    select
        account_id,
        snapshot_date,
        closing_balance_amount - lag(closing_balance_amount) over (
            partition by account_id
            order by snapshot_date
        ) as moved_amount,
        lag(snapshot_date) over (
            partition by account_id
            order by snapshot_date
        ) as previous_date
    from snapshots
),

lines as (
    select
        account_id,
        transaction_date as line_date,
        completed_amount as line_amount
    from transactions
    union all
    select
        account_id,
        balance_date as line_date,
        adjustment_amount as line_amount
    from statement_adjustments
),

-- Each line falls on the first row at or after it: laid on one time line with the rows, a line
-- takes the next row's date.
laid as (
    select
        account_id,
        snapshot_date as line_date,
        snapshot_date,
        cast(0 as decimal(18, 2)) as line_amount
    from ranges
    union all
    select
        account_id,
        line_date,
        cast(null as date) as snapshot_date,
        line_amount
    from lines
),

assigned as (
    select
        account_id,
        min(snapshot_date) over (
            partition by account_id
            order by line_date desc
            range between unbounded preceding and current row
        ) as snapshot_date,
        line_amount
    from laid
),

line_totals as (
    select
        account_id,
        snapshot_date,
        sum(line_amount) as line_amount
    from assigned
    where snapshot_date is not null
    group by account_id, snapshot_date
)

select
    ranges.account_id,
    ranges.previous_date,
    ranges.snapshot_date,
    ranges.moved_amount,
    line_totals.line_amount
from ranges
inner join line_totals
    on ranges.account_id = line_totals.account_id
        and ranges.snapshot_date = line_totals.snapshot_date
where ranges.previous_date is not null
    and ranges.moved_amount <> line_totals.line_amount
