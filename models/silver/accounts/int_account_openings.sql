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
standing as (
    select * from {{ this }}
),

touched_days as (
    {{ touched_days }}
),

-- What moved after an account's anchor leaves its opening alone.
touched as (
    select account_id from {{ base_accounts }} where _changed_batch_id > {{ last_built }}
    union
    select anchors.account_id
    from touched_days
    inner join anchors on touched_days.account_id = anchors.account_id
    where touched_days.activity_date <= anchors.anchor_date
),

anchors_to_open as (
    select anchors.*
    from touched
    inner join anchors on touched.account_id = anchors.account_id
),
{%- else -%}
anchors_to_open as (
    select * from anchors
),
{%- endif %}

opened as (
    select
        anchors_to_open.account_id,
        cast(
            anchors_to_open.anchor_amount - coalesce(sum(ledger_lines.net_amount), 0)
            as decimal(18, 2)
        ) as opening_amount
    from anchors_to_open
    left join ledger_lines
        on anchors_to_open.account_id = ledger_lines.account_id
            and anchors_to_open.anchor_date >= ledger_lines.line_date
    group by anchors_to_open.account_id, anchors_to_open.anchor_amount
),

final as (
    {% if is_incremental() -%}
    select
        touched.account_id,
        opened.opening_amount,
        cast({{ pinned_batch() }} as bigint) as _shifted_batch_id,
        opened.account_id is not null as _is_alive
    from touched
    left join opened on touched.account_id = opened.account_id
    left join standing on touched.account_id = standing.account_id
    where opened.opening_amount is distinct from standing.opening_amount
    {%- else -%}
    select
        account_id,
        opening_amount,
        cast({{ pinned_batch() }} as bigint) as _shifted_batch_id
    from opened
    {%- endif %}
)

select * from final
