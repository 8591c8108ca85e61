{{ config(
    materialized='incremental',
    incremental_strategy='touched_keys',
    unique_key='account_id',
    indexes=[{'columns': ['account_id'], 'unique': true}, {'columns': ['_shifted_batch_id']}]
) }}

{%- set last_built = last_built_batch() -%}
{%- set touched_days = touched_account_days() -%}
{%- set base_accounts = ref('base_accounts') %}

with

anchors as (
    select * from {{ ref('int_account_balance_anchors') }}
),

ledger_lines as (
    {{ account_ledger_lines(ref('int_account_daily'), ref('int_account_statement_adjustments')) }}
),

{% if is_incremental() -%}
touched_dates as (
    select
        account_id,
        activity_date as touched_from,
        0 as changes
    from ({{ touched_days }}) as touched_days
    union all
    select
        account_id,
        cast('9999-12-31' as date) as touched_from,
        1 as changes
    from {{ base_accounts }}
    where _changed_batch_id > {{ last_built }}
),

first_touched as (
    select
        account_id,
        min(touched_from) as touched_from,
        max(changes) as changes
    from touched_dates
    group by account_id
),

{# What moved after an account's anchor leaves its opening alone; what is new since the last anchor
   comes on top of the ledger up to then, so that history is not summed again each day. -#}
touched as (
    select
        first_touched.account_id,
        anchors.account_id as anchored_account_id,
        anchors.anchor_date,
        anchors.anchor_amount,
        standing.opening_amount,
        standing.ledger_amount,
        standing.ledger_date,
        standing._shifted_batch_id,
        standing.ledger_date < first_touched.touched_from
            and standing.ledger_date <= anchors.anchor_date as is_continued
    from first_touched
    left join anchors on first_touched.account_id = anchors.account_id
    left join {{ this }} as standing on first_touched.account_id = standing.account_id
    where first_touched.changes = 1 or first_touched.touched_from <= anchors.anchor_date
),

starts as (
    select
        account_id,
        anchored_account_id,
        anchor_date,
        anchor_amount,
        opening_amount,
        _shifted_batch_id,
        ledger_date as standing_date,
        ledger_amount as standing_amount,
        case when is_continued then ledger_amount else 0 end as start_amount,
        case when is_continued then ledger_date else cast('0001-01-01' as date) end as start_after
    from touched
),

opened as (
    select
        starts.account_id,
        starts.anchored_account_id,
        starts.anchor_date,
        starts.opening_amount as standing_opening_amount,
        starts._shifted_batch_id,
        starts.standing_date,
        starts.standing_amount,
        cast(starts.start_amount + coalesce(moved.net_amount, 0) as decimal(18, 3))
            as ledger_amount,
        cast(
            starts.anchor_amount - starts.start_amount - coalesce(moved.net_amount, 0)
            as decimal(18, 3)
        ) as opening_amount
    from starts
    {{ join_sums(
        'starts', 'ledger_lines', 'account_id',
        'ledger_lines.line_date > starts.start_after'
        ~ ' and ledger_lines.line_date <= starts.anchor_date',
        ['net_amount'], 'moved'
    ) }}
),

final as (
    select
        account_id,
        opening_amount,
        anchor_date as ledger_date,
        ledger_amount,
        case
            when opening_amount is distinct from standing_opening_amount
                then cast({{ pinned_batch() }} as bigint)
            else _shifted_batch_id
        end as _shifted_batch_id,
        anchored_account_id is not null as _is_alive
    from opened
    where opening_amount is distinct from standing_opening_amount
        or anchor_date is distinct from standing_date
        or ledger_amount is distinct from standing_amount
)
{%- else -%}
ledgers as (
    select
        anchors.account_id,
        anchors.anchor_date,
        anchors.anchor_amount,
        cast(coalesce(sum(ledger_lines.net_amount), 0) as decimal(18, 3)) as ledger_amount
    from anchors
    left join ledger_lines
        on anchors.account_id = ledger_lines.account_id
            and anchors.anchor_date >= ledger_lines.line_date
    group by anchors.account_id, anchors.anchor_date, anchors.anchor_amount
),

final as (
    select
        account_id,
        cast(anchor_amount - ledger_amount as decimal(18, 3)) as opening_amount,
        anchor_date as ledger_date,
        ledger_amount,
        cast({{ pinned_batch() }} as bigint) as _shifted_batch_id
    from ledgers
)
{%- endif %}

select * from final
