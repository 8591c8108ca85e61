-- Two ways to a movement: from one row of an account to its next, the closing balance, as its own
-- currency has it, moves by the completed transactions of fact_transactions and the statement
-- adjustments of the days between, and by nothing else: what a balance holds beyond all lines up to
-- its day never changes.
-- In an increment: of accounts of which anything may have changed all days, of others those from
-- the one that was the last when the test passed.
{%- set is_narrow = tested_batch() >= 0 %}
{%- set touched_accounts = accounts_to_test() %}
{%- set last_day = day_tested() %}

with

{% if is_narrow -%}
accounts_to_test as (
    {{ touched_accounts }}
),

{% endif -%}
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
        original_closing_balance_amount,
        cast(0 as decimal(18, 3)) as line_amount
    from snapshots
    {%- if is_narrow %}
    where account_id in (select account_id from accounts_to_test) or snapshot_date >= ({{ last_day }})
    {%- endif %}
    union all
    select
        account_id,
        transaction_date as laid_date,
        0 as place,
        cast(null as decimal(18, 3)) as original_closing_balance_amount,
        original_amount as line_amount
    from transactions
    {%- if is_narrow %}
    where account_id in (select account_id from accounts_to_test) or transaction_date >= ({{ last_day }})
    {%- endif %}
    union all
    select
        account_id,
        balance_date as laid_date,
        0 as place,
        cast(null as decimal(18, 3)) as original_closing_balance_amount,
        adjustment_amount as line_amount
    from statement_adjustments
    {%- if is_narrow %}
    where account_id in (select account_id from accounts_to_test) or balance_date >= ({{ last_day }})
    {%- endif %}
),

running as (
    select
        account_id,
        laid_date,
        place,
        original_closing_balance_amount - sum(line_amount) over (
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
