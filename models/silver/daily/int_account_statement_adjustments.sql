{{ config(
    materialized='incremental',
    incremental_strategy='touched_keys',
    partition_by={'month': 'balance_date'},
    unique_key='balance_id',
    touched_by='account_id',
    touched_from='balance_date',
    indexes=[
        {'columns': ['balance_id'], 'unique': true},
        {'columns': ['account_id', 'balance_date']}
    ]
) }}

{%- set touched_days = touched_account_days() %}

with

statements as (
    select * from {{ ref('stg_account_balances') }} where not is_deleted and account_id is not null
),

account_daily as (
    select *
    from {{ ref('int_account_daily') }}
    where completed_count > 0 or book_entry_amount <> 0
),

{% if is_incremental() -%}
touched_days as (
    {{ touched_days }}
),

touched as (
    select
        account_id,
        min(activity_date) as touched_from
    from touched_days
    group by account_id
),
{%- endif %}

stated_accounts as (
    {% if is_incremental() -%}
    select distinct statements.account_id
    from statements
    inner join touched on statements.account_id = touched.account_id
    {%- else -%}
    select distinct account_id from statements
    {%- endif %}
),

-- Transactions of a day come before the statement of that day.
ledger_lines as (
    select
        account_daily.account_id,
        account_daily.activity_date as line_date,
        '' as balance_id,
        account_daily.inflow_amount
        - account_daily.outflow_amount
        + account_daily.book_entry_amount as movement_amount,
        cast(null as decimal(18, 3)) as balance
    from account_daily
    inner join stated_accounts on account_daily.account_id = stated_accounts.account_id
    union all
    select
        statements.account_id,
        statements.balance_date as line_date,
        statements.balance_id,
        0 as movement_amount,
        statements.balance
    from statements
    inner join stated_accounts on statements.account_id = stated_accounts.account_id
),

running as (
    select
        *,
        sum(movement_amount) over (
            partition by account_id
            order by line_date, balance_id
            rows between unbounded preceding and current row
        ) as moved_amount
    from ledger_lines
),

unexplained as (
    select
        account_id,
        line_date,
        balance_id,
        balance - moved_amount as unexplained_amount
    from running
    where balance_id <> ''
),

adjusted as (
    select
        balance_id,
        account_id,
        line_date as balance_date,
        -- the first statement has none before it to be compared with
        cast(unexplained_amount - coalesce(
            lag(unexplained_amount) over (partition by account_id order by line_date, balance_id),
            unexplained_amount
        ) as decimal(18, 3)) as adjustment_amount
    from unexplained
),

final as (
    {% if is_incremental() -%}
    select
        adjusted.balance_id,
        touched.account_id,
        adjusted.balance_date,
        adjusted.adjustment_amount,
        touched.touched_from as _touched_from,
        adjusted.balance_id is not null as _is_alive
    from touched
    left join adjusted
        on touched.account_id = adjusted.account_id
            and touched.touched_from <= adjusted.balance_date
    {%- else -%}
    select * from adjusted
    {%- endif %}
)

select * from final
