-- The ledger leads to the balance that the source states: on the anchor's day (the day of the
-- latest extract of an account that is still open then) the closing balance is the anchor, to the
-- cent.
{{ config(enabled=not var('as_of', none)) }}

with

snapshots as (
    select * from {{ ref('fact_account_daily_snapshot') }}
),

anchors as (
    select * from {{ ref('int_account_balance_anchors') }}
),

calendar as (
    select
        as_of_date,
        {{ add_days('as_of_date', 1 - var('snapshot_daily_days') | int) }} as daily_from
    from {{ ref('int_as_of') }}
)

select
    anchors.account_id,
    anchors.anchor_date,
    anchors.anchor_amount,
    snapshots.original_closing_balance_amount
from anchors
cross join calendar
left join snapshots
    on anchors.account_id = snapshots.account_id
        and anchors.anchor_date = snapshots.snapshot_date
where anchors.anchor_date between calendar.daily_from and calendar.as_of_date
    and anchors.open_date <= anchors.anchor_date
    and (anchors.close_date is null or anchors.close_date >= anchors.anchor_date)
    and snapshots.original_closing_balance_amount is distinct from anchors.anchor_amount
