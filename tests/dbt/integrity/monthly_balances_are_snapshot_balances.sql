-- Two ways to the bank's balance of a month: summed over customers from the monthly summary, and
-- over the open accounts of the snapshot of its last day (of as_of in the month that is not over).
with

monthly as (
    select
        month_start,
        sum(net_balance_amount) as balance_amount,
        sum(open_account_count) as account_count
    from {{ ref('fact_customer_monthly_summary') }}
    group by month_start
),

calendar as (
    select as_of_date from {{ ref('int_as_of') }}
),

snapshots as (
    select * from {{ ref('fact_account_daily_snapshot') }} where is_open
),

daily as (
    select
        {{ month_start('snapshots.snapshot_date') }} as month_start,
        sum(snapshots.closing_balance_amount) as balance_amount,
        count(*) as account_count
    from snapshots
    cross join calendar
    where snapshots.is_month_end or snapshots.snapshot_date = calendar.as_of_date
    group by {{ month_start('snapshots.snapshot_date') }}
)

select
    coalesce(monthly.month_start, daily.month_start) as month_start,
    monthly.balance_amount as balance_of_customers,
    daily.balance_amount as balance_of_accounts,
    monthly.account_count as accounts_of_customers,
    daily.account_count as accounts_of_accounts
from monthly
full join daily on monthly.month_start = daily.month_start
where coalesce(monthly.balance_amount, 0) <> coalesce(daily.balance_amount, 0)
    or coalesce(monthly.account_count, 0) <> coalesce(daily.account_count, 0)
