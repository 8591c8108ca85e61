-- No day is missed: an open account has a row for every day of the daily window and for every month
-- end before it, and no other row.
with

calendar as (
    select
        as_of_date,
        {{ add_days('as_of_date', 1 - var('snapshot_daily_days') | int) }} as daily_from
    from {{ ref('int_as_of') }}
),

anchors as (
    select * from {{ ref('int_account_balance_anchors') }}
),

daily_snapshots as (
    select * from {{ ref('fact_account_daily_snapshot') }}
),

snapshots as (
    select
        daily_snapshots.account_id,
        count(*) filter (where daily_snapshots.snapshot_date >= calendar.daily_from) as day_count,
        count(*) filter (
            where
                daily_snapshots.snapshot_date < calendar.daily_from
                and daily_snapshots.is_month_end
        ) as month_end_count,
        count(*) filter (
            where
                daily_snapshots.snapshot_date < calendar.daily_from
                and not daily_snapshots.is_month_end
        ) as other_count
    from daily_snapshots
    cross join calendar
    group by daily_snapshots.account_id
),

lifetimes as (
    select
        anchors.account_id,
        anchors.open_date,
        least(coalesce(anchors.close_date, calendar.as_of_date), calendar.as_of_date) as last_day,
        calendar.daily_from
    from anchors
    cross join calendar
),

due as (
    select
        account_id,
        greatest(0, {{ days_between('greatest(open_date, daily_from)', 'last_day') }} + 1) as day_count,
        greatest(0, {{ months_between_starts(
            'open_date', add_days('least(last_day, ' ~ add_days('daily_from', -1) ~ ')', 1)
        ) }})
            as month_end_count
    from lifetimes
)

select
    coalesce(due.account_id, snapshots.account_id) as account_id,
    due.day_count as days_due,
    snapshots.day_count as days_held,
    due.month_end_count as month_ends_due,
    snapshots.month_end_count as month_ends_held,
    snapshots.other_count as others_held
from due
full join snapshots on due.account_id = snapshots.account_id
where coalesce(due.day_count, 0) <> coalesce(snapshots.day_count, 0)
    or coalesce(due.month_end_count, 0) <> coalesce(snapshots.month_end_count, 0)
    or coalesce(snapshots.other_count, 0) <> 0
