{# Spark lays out every use of a CTE anew: there the increment takes longer than all of it. #}
{{ config(
    materialized='incremental',
    incremental_strategy='touched_keys',
    full_refresh=(true if target.type == 'spark' else none),
    partition_by={'month': 'snapshot_date'},
    unique_key=['account_id', 'snapshot_date'],
    touched_by='account_id',
    touched_from='snapshot_date'
) }}

{#- Every open account has a row for each of the last days, and for each month end before them. -#}
{%- set daily_days = var('snapshot_daily_days') | int -%}
{%- set last_built = last_built_batch() -%}
{%- set touched_days = touched_account_days() -%}
{%- set load_audit = source('bronze_audit', 'load_audit') -%}
{%- set base_accounts = ref('base_accounts') -%}
{%- set base_products = ref('base_products') -%}
{%- set account_versions = ref('int_account_versions') -%}
{%- set account_changes = ref('int_account_changes') -%}
{%- set customer_changes = ref('int_customer_changes') %}

with

calendar as (
    select
        as_of_date,
        {{ add_days('as_of_date', 1 - daily_days) }} as daily_from
    from {{ ref('int_as_of') }}
),

anchors as (
    select * from {{ ref('int_account_balance_anchors') }}
),

openings as (
    select * from {{ ref('int_account_openings') }}
),

moving_lines as (
    {{ account_ledger_lines(ref('int_account_daily'), ref('int_account_statement_adjustments')) }}
),

{{ import_ctes({
    'dim_customer': ref('dim_customer'),
    'dim_account': ref('dim_account'),
    'dim_product': ref('dim_product'),
}) -}}

{% if is_incremental() -%}
previous_calendar as (
    select
        cast(max(extracted_at) as date) as as_of_date,
        {{ add_days('max(extracted_at)', 1 - daily_days) }} as daily_from
    from {{ load_audit }}
    where batch_id <= {{ last_built }}
),

touched_days as (
    {{ touched_days }}
),

changed_accounts as (
    select account_id from {{ base_accounts }} where _changed_batch_id > {{ last_built }}
),

-- An account that was once said to be another customer's, or to have opened on another day, is
-- taken again from its first day.
moved_accounts as (
    select versions.account_id
    from changed_accounts
    inner join (select * from {{ account_versions }}) as versions
        on changed_accounts.account_id = versions.account_id
    where not versions.is_deleted
    group by versions.account_id
    having min(versions.customer_id) <> max(versions.customer_id)
        or min(versions.open_date) <> max(versions.open_date)
),

touched_dates as (
    select
        account_id,
        activity_date as touched_from
    from touched_days
    union all
    select
        account_id,
        cast(changed_from as date) as touched_from
    from {{ account_changes }}
    where _batch_id > {{ last_built }}
    union all
    select
        anchors.account_id,
        cast(changes.changed_from as date) as touched_from
    from (select * from {{ customer_changes }}) as changes
    inner join anchors on changes.customer_id = anchors.customer_id
    where changes._batch_id > {{ last_built }}
    union all
    select
        account_id,
        cast('9999-12-31' as date) as touched_from
    from changed_accounts
    union all
    select
        account_id,
        cast('1900-01-01' as date) as touched_from
    from moved_accounts
    union all
    -- all of its balances have shifted
    select
        account_id,
        cast('1900-01-01' as date) as touched_from
    from openings
    where _shifted_batch_id > {{ last_built }}
    union all
    select
        anchors.account_id,
        {{ add_days('anchors.close_date', 1) }} as touched_from
    from changed_accounts
    inner join anchors on changed_accounts.account_id = anchors.account_id
    where anchors.close_date is not null
    union all
    -- a product that arrived later
    select
        built.account_id,
        min(built.snapshot_date) as touched_from
    from (
        select product_id from {{ base_products }} where _changed_batch_id > {{ last_built }}
    ) as changed_products
    inner join {{ this }} as built on changed_products.product_id = built.product_id
    left join dim_product on built.product_id = dim_product.product_id
    where built.product_key <> coalesce(dim_product.product_key, -1)
    group by built.account_id
),

touched as (
    select
        account_id,
        min(touched_from) as touched_from
    from touched_dates
    group by account_id
),

-- From the last row that stands before the first touched day.
continued as (
    select
        touched.account_id,
        standing_row.snapshot_date as start_after,
        standing_row.closing_balance_amount as start_amount,
        standing_row.last_transaction_date
    from touched
    inner join anchors on touched.account_id = anchors.account_id
    cross join lateral (
        select
            built.snapshot_date,
            built.closing_balance_amount,
            built.last_transaction_date
        from {{ this }} as built
        where built.account_id = touched.account_id
            and built.snapshot_date < touched.touched_from
        order by built.snapshot_date desc
        limit 1
    ) as standing_row
),

whole_accounts as (
    select touched.account_id
    from touched
    left join continued on touched.account_id = continued.account_id
    where continued.account_id is null
),

untouched as (
    select
        built.account_id,
        built.snapshot_date as start_after,
        built.closing_balance_amount as start_amount,
        built.last_transaction_date
    from {{ this }} as built
    inner join previous_calendar on built.snapshot_date = previous_calendar.as_of_date
    left join touched on built.account_id = touched.account_id
    where touched.account_id is null
),
{%- endif %}

opened as (
    select
        openings.account_id,
        cast('1900-01-01' as date) as start_after,
        openings.opening_amount as start_amount,
        cast(null as date) as last_transaction_date
    from openings
    {%- if is_incremental() %}
    inner join whole_accounts on openings.account_id = whole_accounts.account_id
    {%- endif %}
),

moving as (
    select * from opened
    {%- if is_incremental() %}
    union all
    select * from continued
    {%- endif %}
),

starts as (
    select * from moving
    {%- if is_incremental() %}
    union all
    select * from untouched
    {%- endif %}
),

lifetimes as (
    select
        starts.account_id,
        starts.start_after,
        starts.start_amount,
        starts.last_transaction_date,
        anchors.customer_id,
        greatest(anchors.open_date, {{ add_days('starts.start_after', 1) }}) as first_day,
        least(coalesce(anchors.close_date, calendar.as_of_date), calendar.as_of_date) as last_day,
        calendar.daily_from
    from starts
    inner join anchors on starts.account_id = anchors.account_id
    cross join calendar
),

{# Account by account, by the index: sums in a lateral join are not laid out over all of history.
   The day before the first one opens with a line without money. -#}
lines as (
    select
        moving.account_id,
        day_lines.line_date,
        day_lines.inflow_amount,
        day_lines.outflow_amount,
        day_lines.adjustment_amount,
        day_lines.net_amount,
        day_lines.completed_count
    from moving
    cross join lateral (
        select
            line_date,
            sum(inflow_amount) as inflow_amount,
            sum(outflow_amount) as outflow_amount,
            sum(adjustment_amount) as adjustment_amount,
            sum(net_amount) as net_amount,
            sum(completed_count) as completed_count
        from moving_lines
        where account_id = moving.account_id
            and line_date > moving.start_after
        group by line_date
    ) as day_lines
    union all
    select
        account_id,
        {{ add_days('first_day', -1) }} as line_date,
        0 as inflow_amount,
        0 as outflow_amount,
        0 as adjustment_amount,
        0 as net_amount,
        0 as completed_count
    from lifetimes
),

running as (
    select
        *,
        sum(net_amount) over (
            partition by account_id
            order by line_date
            rows between unbounded preceding and current row
        ) as moved_amount,
        max(case when completed_count > 0 then line_date end) over (
            partition by account_id
            order by line_date
            rows between unbounded preceding and current row
        ) as last_moved_date,
        lead(line_date) over (partition by account_id order by line_date) as next_line_date
    from lines
),

-- A balance stands from its line to the day before the next one.
lived_spans as (
    select
        running.account_id,
        running.line_date,
        running.net_amount,
        running.inflow_amount,
        running.outflow_amount,
        running.adjustment_amount,
        running.completed_count,
        lifetimes.customer_id,
        lifetimes.daily_from,
        lifetimes.start_amount + running.moved_amount as balance_amount,
        coalesce(running.last_moved_date, lifetimes.last_transaction_date) as last_transaction_date,
        greatest(running.line_date, lifetimes.first_day) as span_from,
        least(
            coalesce({{ add_days('running.next_line_date', -1) }}, lifetimes.last_day),
            lifetimes.last_day
        ) as span_to
    from running
    inner join lifetimes on running.account_id = lifetimes.account_id
),

-- Of each span its days in the daily window and its month ends before that.
snapshots as (
    select
        lived_spans.*,
        days.snapshot_date
    from lived_spans
    cross join lateral (
        select daily.day as snapshot_date
        from {{ date_series(
            'greatest(lived_spans.span_from, lived_spans.daily_from)', 'lived_spans.span_to'
        ) }} as daily
        union all
        select {{ month_end('months.day') }} as snapshot_date
        from {{ date_series(
            month_start('lived_spans.span_from'),
            add_months(month_start(
                'least(' ~ add_days('lived_spans.span_to', 1) ~ ', lived_spans.daily_from)'
            ), -1),
            'month'
        ) }} as months
    ) as days
    where lived_spans.span_from <= lived_spans.span_to
        and (
            lived_spans.daily_from <= lived_spans.span_to
            or {{ month_end('lived_spans.span_from') }} <= lived_spans.span_to
        )
),

account_days as (
    select
        *,
        cast(valid_from as date) as from_day,
        cast(valid_to as date) as to_day
    from dim_account
),

customer_days as (
    select
        *,
        cast(valid_from as date) as from_day,
        cast(valid_to as date) as to_day
    from dim_customer
),

{# A version that ends on a day is over at the day's end, one that begins on it holds: whole days
   suffice. Distinct, though no two rows are alike, so that the ranges are reckoned once and not at
   each comparison. -#}
version_days as (
    select distinct
        anchors.account_id,
        account_days.account_key,
        account_days.account_durable_key,
        customer_days.customer_key,
        customer_days.customer_durable_key,
        account_days.product_id,
        account_days.account_status,
        account_days.credit_limit_amount,
        dim_product.product_key,
        coalesce(
            greatest(account_days.from_day, customer_days.from_day), cast('1900-01-01' as date)
        ) as from_day,
        coalesce(
            least(account_days.to_day, customer_days.to_day), cast('9999-12-31' as date)
        ) as to_day
    from anchors
    left join account_days on anchors.account_id = account_days.account_id
    left join customer_days
        on anchors.customer_id = customer_days.customer_id
            and coalesce(account_days.from_day < customer_days.to_day, true)
            and coalesce(customer_days.from_day < account_days.to_day, true)
    left join dim_product on account_days.product_id = dim_product.product_id
),

source_rows as (
    select
        snapshots.*,
        coalesce(snapshots.snapshot_date = snapshots.line_date, false) as is_line_day
    from snapshots
),

keyed as (
    select
        source_rows.account_id,
        source_rows.snapshot_date,
        {{ version_keys('account', versions='version_days') }},
        {{ version_keys('customer', versions='version_days') }},
        coalesce(version_days.product_key, -1) as product_key,
        {{ date_key('source_rows.snapshot_date') }} as date_key,
        source_rows.customer_id,
        version_days.product_id,
        version_days.account_status,
        source_rows.snapshot_date = {{ month_end('source_rows.snapshot_date') }} as is_month_end,
        source_rows.last_transaction_date,
        cast(
            case when source_rows.is_line_day then source_rows.completed_count else 0 end as bigint
        ) as transaction_count,
        case
            when source_rows.is_line_day then source_rows.balance_amount - source_rows.net_amount
            else source_rows.balance_amount
        end as opening_balance_amount,
        case when source_rows.is_line_day then source_rows.inflow_amount else 0 end
            as inflow_amount,
        case when source_rows.is_line_day then source_rows.outflow_amount else 0 end
            as outflow_amount,
        case when source_rows.is_line_day then source_rows.adjustment_amount else 0 end
            as adjustment_amount,
        source_rows.balance_amount as closing_balance_amount,
        greatest(-source_rows.balance_amount, 0) as owed_amount,
        version_days.credit_limit_amount,
        {{ ratio('greatest(-source_rows.balance_amount, 0)', 'version_days.credit_limit_amount') }}
            as utilization_rate
    from source_rows
    left join version_days
        on source_rows.account_id = version_days.account_id
            and source_rows.snapshot_date >= version_days.from_day
            and source_rows.snapshot_date < version_days.to_day
),

{% if is_incremental() -%}
-- What goes: of touched accounts all that follows the last row which stands; of all accounts the
-- days that have left the daily window.
doomed as (
    select
        touched.account_id,
        cast(null as date) as snapshot_date,
        coalesce({{ add_days('continued.start_after', 1) }}, cast('1900-01-01' as date)) as _touched_from
    from touched
    left join continued on touched.account_id = continued.account_id
    union all
    select
        built.account_id,
        built.snapshot_date,
        cast(null as date) as _touched_from
    from {{ this }} as built
    cross join previous_calendar
    cross join calendar
    where built.snapshot_date >= previous_calendar.daily_from
        and built.snapshot_date < calendar.daily_from
        and not built.is_month_end
),

final as (
    select
        *,
        customer_id is not null as _is_alive
    from keyed
    full join doomed using (account_id, snapshot_date)
)
{%- else -%}
final as (
    select * from keyed
)
{%- endif %}

select * from final
