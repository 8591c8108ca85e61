with

accounts as (
    select * from {{ ref('base_accounts') }} where not is_deleted and quarantine_rule is null
),

transactions as (
    select * from {{ ref('stg_transactions') }} where not is_deleted
),

{% if var('as_of', none) -%}
-- Where no extract had come by as_of, the latest one stands in, which has all that arrived late
-- in its balance: what moved since as_of, as known today, is taken off.
account_versions as (
    select
        account_id,
        current_balance,
        _extracted_at,
        row_number() over (
            partition by account_id
            order by _extracted_at desc, _source_file desc, _source_row desc, _batch_id desc
        ) as version_rank
    from {{ source('bronze', 'accounts') }}
    where _op = 'upsert' and _batch_id <= {{ pinned_batch() }}
),

latest_extracts as (
    select * from account_versions where version_rank = 1
),

versions_since as (
    select
        account_id,
        transaction_at,
        amount,
        status,
        _op,
        row_number() over (
            partition by transaction_id
            order by _extracted_at desc, _source_file desc, _source_row desc, _batch_id desc
        ) as version_rank
    from {{ source('bronze', 'transactions') }}
    where _batch_id <= {{ pinned_batch() }}
),

moved_since as (
    select
        latest_extracts.account_id,
        sum(versions_since.amount) as moved_amount
    from latest_extracts
    inner join versions_since
        on latest_extracts.account_id = versions_since.account_id
            and versions_since.transaction_at <= latest_extracts._extracted_at
    where versions_since.version_rank = 1
        and versions_since._op = 'upsert'
        and {{ is_completed('versions_since') }}
        and versions_since.transaction_at > {{ pinned_as_of() }}
    group by latest_extracts.account_id
),

-- Returns and fees since as_of are in no transaction: an account with statements is anchored on the
-- last one made by then.
last_statements as (
    select
        account_id,
        balance_date,
        balance,
        row_number() over (
            partition by account_id
            order by balance_date desc, balance_id desc
        ) as statement_rank
    from {{ ref('stg_account_balances') }}
    where not is_deleted and account_id is not null
),

anchored as (
    select
        accounts.*,
        case
            when accounts._extracted_at <= {{ pinned_as_of() }} then accounts._extracted_at
            when last_statements.account_id is not null then {{ end_of_day('last_statements.balance_date') }}
            else {{ pinned_as_of() }}
        end as anchored_at,
        case
            when accounts._extracted_at <= {{ pinned_as_of() }} then accounts.current_balance
            when last_statements.account_id is not null then last_statements.balance
            else latest_extracts.current_balance - coalesce(moved_since.moved_amount, 0)
        end as anchor_amount
    from accounts
    inner join latest_extracts on accounts.account_id = latest_extracts.account_id
    left join moved_since on accounts.account_id = moved_since.account_id
    left join last_statements
        on accounts.account_id = last_statements.account_id
            and last_statements.statement_rank = 1
),
{%- else -%}
anchored as (
    select
        *,
        _extracted_at as anchored_at,
        current_balance as anchor_amount
    from accounts
),
{%- endif %}

-- Money of the anchor's day that moved after the extract was drawn is not in the balance it states.
moved_later_that_day as (
    select
        anchored.account_id,
        sum(transactions.amount) as moved_amount
    from anchored
    inner join transactions
        on anchored.account_id = transactions.account_id
            and cast(anchored.anchored_at as date) = cast(transactions.transaction_at as date)
            and anchored.anchored_at < transactions.transaction_at
    where anchored.anchored_at < {{ end_of_day('cast(anchored.anchored_at as date)') }}
        and {{ is_completed('transactions') }}
    group by anchored.account_id
),

final as (
    select
        anchored.account_id,
        anchored.customer_id,
        anchored.open_date,
        anchored.close_date,
        cast(anchored.anchored_at as date) as anchor_date,
        cast(
            anchored.anchor_amount + coalesce(moved_later_that_day.moved_amount, 0)
            as decimal(18, 3)
        )
            as anchor_amount
    from anchored
    left join moved_later_that_day on anchored.account_id = moved_later_that_day.account_id
)

select * from final
