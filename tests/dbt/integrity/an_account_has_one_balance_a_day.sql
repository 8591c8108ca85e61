-- Two ways to each account and each customer at the end of a period, reopened ones too: from the
-- ledger (pop_account_periods, pop_customer_periods) and from the day's snapshot and the month's
-- summary, where these hold that day.
with

periods as (
    select * from {{ ref('cal_reporting_periods') }}
),

calendar as (
    select
        as_of_date,
        {{ add_days('as_of_date', 1 - var('snapshot_daily_days') | int) }} as daily_from
    from {{ ref('int_as_of') }}
),

held_periods as (
    select
        periods.period,
        periods.end_date,
        {{ is_month_end('periods.end_date') }} or periods.end_date = calendar.as_of_date
            as has_month
    from periods
    cross join calendar
    where periods.end_date >= calendar.daily_from or {{ is_month_end('periods.end_date') }}
),

account_periods as (
    select * from {{ ref('pop_account_periods') }}
),

customer_periods as (
    select * from {{ ref('pop_customer_periods') }}
),

snapshots as (
    select * from {{ ref('fact_account_daily_snapshot') }} where is_open
),

months as (
    select * from {{ ref('fact_customer_monthly_summary') }}
),

open_accounts as (
    select
        account_periods.account_id,
        account_periods.account_status,
        account_periods.balance_amount,
        held_periods.end_date
    from account_periods
    inner join held_periods on account_periods.period = held_periods.period
    where account_periods.is_open
),

open_snapshots as (
    select snapshots.*
    from snapshots
    inner join held_periods on snapshots.snapshot_date = held_periods.end_date
),

accounts as (
    select
        coalesce(open_accounts.account_id, open_snapshots.account_id) as entity_id,
        coalesce(open_accounts.end_date, open_snapshots.snapshot_date) as end_date,
        open_accounts.balance_amount as balance_of_ledger,
        open_snapshots.closing_balance_amount as balance_of_day
    from open_accounts
    full join open_snapshots
        on open_accounts.account_id = open_snapshots.account_id
            and open_accounts.end_date = open_snapshots.snapshot_date
    where open_accounts.balance_amount is distinct from open_snapshots.closing_balance_amount
        or open_accounts.account_status is distinct from open_snapshots.account_status
),

customers as (
    select
        customer_periods.customer_id as entity_id,
        held_periods.end_date,
        customer_periods.deposit_balance_amount as balance_of_ledger,
        months.deposit_balance_amount as balance_of_day
    from customer_periods
    inner join held_periods on customer_periods.period = held_periods.period
    left join months
        on customer_periods.customer_id = months.customer_id
            and {{ month_start('held_periods.end_date') }} = months.month_start
    where held_periods.has_month
        and (
            customer_periods.is_customer = coalesce(months.is_away, true)
            or customer_periods.open_account_count <> coalesce(months.open_account_count, 0)
            or customer_periods.product_count <> coalesce(months.product_count, 0)
            {%- for kind in balance_kinds() %}
            or customer_periods.{{ kind }} <> coalesce(months.{{ kind }}, 0)
            {%- endfor %}
        )
)

select * from accounts
union all
select * from customers
