-- Where an account's last statement and the money since lead to the balance of its latest extract,
-- every earlier statement shows what the snapshot shows on its day.
-- In an increment: of accounts of which anything may have changed.
{{ config(enabled=not var('as_of', none)) }}
{%- set touched_accounts = accounts_to_test() %}

with

{% if tested_batch() >= 0 -%}
accounts_to_test as (
    {{ touched_accounts }}
),

{% endif -%}
statements as (
    select
        account_id,
        balance_date,
        balance,
        row_number() over (
            partition by account_id
            order by balance_date desc, balance_id desc
        ) as statement_rank,
        row_number() over (
            partition by account_id, balance_date
            order by balance_id desc
        ) as rank_of_day
    from {{ ref('stg_account_balances') }}
    where not is_deleted and account_id is not null
        {%- if tested_batch() >= 0 %}
        and account_id in (select account_id from accounts_to_test)
        {%- endif %}
),

anchors as (
    select * from {{ ref('int_account_balance_anchors') }}
),

account_daily as (
    select * from {{ ref('int_account_daily') }}
),

snapshots as (
    select * from {{ ref('fact_account_daily_snapshot') }}
    {%- if tested_batch() >= 0 %}
    where account_id in (select account_id from accounts_to_test)
    {%- endif %}
),

last_statements as (
    select * from statements where statement_rank = 1
),

agreeing as (
    select anchors.account_id
    from anchors
    inner join last_statements on anchors.account_id = last_statements.account_id
    left join account_daily
        on anchors.account_id = account_daily.account_id
            and account_daily.activity_date > last_statements.balance_date
            and account_daily.activity_date <= anchors.anchor_date
    where last_statements.balance_date <= anchors.anchor_date
    group by anchors.account_id, anchors.anchor_amount, last_statements.balance
    having last_statements.balance
        + coalesce(sum(
            account_daily.inflow_amount
            - account_daily.outflow_amount
            + account_daily.book_entry_amount
        ), 0)
        = anchors.anchor_amount
)

select
    statements.account_id,
    statements.balance_date,
    statements.balance,
    snapshots.original_closing_balance_amount
from statements
inner join agreeing on statements.account_id = agreeing.account_id
inner join snapshots
    on statements.account_id = snapshots.account_id
        and statements.balance_date = snapshots.snapshot_date
where statements.rank_of_day = 1
    and statements.balance <> snapshots.original_closing_balance_amount
