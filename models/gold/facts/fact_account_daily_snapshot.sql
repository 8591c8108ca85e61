{{ config(
    materialized='incremental',
    incremental_strategy='touched_keys',
    partition_by={'month': 'snapshot_date'},
    unique_key=['account_id', 'snapshot_date'],
    touched_by='account_id',
    touched_from='snapshot_date'
) }}

{#- Every open account has a row for each of the last days, and for each month end before them. -#}
{%- set daily_days = var('snapshot_daily_days') | int -%}
{%- set last_built = last_built_batch() -%}
{%- set touched_accounts = ref('int_touched_accounts') -%}
{%- set load_audit = source('bronze_audit', 'load_audit') -%}
{%- set measures = [
    'account_key', 'account_durable_key', 'customer_key', 'customer_durable_key', 'product_key',
    'date_key', 'customer_id', 'product_id', 'account_status', 'is_open', 'is_month_end',
    'last_transaction_date', 'transaction_count', 'currency', 'is_without_rate', 'exchange_rate',
    'original_closing_balance_amount', 'opening_balance_amount', 'inflow_amount', 'outflow_amount',
    'adjustment_amount', 'closing_balance_amount', 'owed_amount', 'credit_limit_amount',
    'utilization_rate',
] %}

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
    'closures': ref('int_account_closures'),
    'account_currencies': ref('int_account_currencies'),
    'reporting': ref('int_reporting_currency'),
    'rates': ref('int_exchange_rates'),
}) -}}

{% if is_incremental() -%}
previous_day as (
    {{ previous_day(load_audit) }}
),

touched as (
    select
        account_id,
        min(touched_from) as touched_from
    from {{ touched_accounts }}
    where _batch_id > {{ last_built }}
    group by account_id
),

bounds as (
    select
        anchors.*,
        openings.opening_amount,
        touched.account_id is not null as is_touched,
        coalesce(touched.touched_from, cast('9999-12-31' as date)) as touched_from
    from anchors
    inner join openings on anchors.account_id = openings.account_id
    left join touched on anchors.account_id = touched.account_id
),

{# Each account goes on from its last row that stands: the one before the first touched day, of an
   untouched account its last one; where there is none, from its opening. -#}
starts as (
    select
        bounds.account_id,
        bounds.customer_id,
        bounds.open_date,
        bounds.close_date,
        coalesce(standing.snapshot_date, cast('1900-01-01' as date)) as start_after,
        coalesce(standing.original_closing_balance_amount, bounds.opening_amount) as start_amount,
        standing.last_transaction_date,
        bounds.is_touched or standing.snapshot_date is null as is_moving
    from bounds
    {{ join_last_before(
        'bounds', this, 'account_id', 'snapshot_date', 'touched_from',
        ['snapshot_date', 'original_closing_balance_amount', 'last_transaction_date'], 'standing'
    ) }}
),
{%- else -%}
starts as (
    select
        anchors.account_id,
        anchors.customer_id,
        anchors.open_date,
        anchors.close_date,
        cast('1900-01-01' as date) as start_after,
        openings.opening_amount as start_amount,
        cast(null as date) as last_transaction_date,
        true as is_moving
    from anchors
    inner join openings on anchors.account_id = openings.account_id
),
{%- endif %}

lifetimes as (
    select
        starts.account_id,
        starts.customer_id,
        starts.start_after,
        starts.start_amount,
        starts.last_transaction_date,
        starts.is_moving,
        greatest(starts.open_date, {{ add_days('starts.start_after', 1) }}) as first_day,
        least(coalesce(starts.close_date, calendar.as_of_date), calendar.as_of_date) as last_day,
        calendar.daily_from
    from starts
    cross join calendar
    where greatest(starts.open_date, {{ add_days('starts.start_after', 1) }})
        <= least(coalesce(starts.close_date, calendar.as_of_date), calendar.as_of_date)
),

-- The day before the first one opens with a line without money.
lines as (
    select
        lifetimes.*,
        day_lines.line_date,
        day_lines.inflow_amount,
        day_lines.outflow_amount,
        day_lines.adjustment_amount,
        day_lines.net_amount,
        day_lines.completed_count
    from lifetimes
    {{ join_sums(
        'lifetimes', 'moving_lines', 'account_id',
        'moving_lines.line_date > lifetimes.start_after',
        ['inflow_amount', 'outflow_amount', 'adjustment_amount', 'net_amount', 'completed_count'],
        'day_lines', by='line_date'
    ) }}
    where lifetimes.is_moving
    union all
    select
        *,
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
        account_id,
        line_date,
        net_amount,
        inflow_amount,
        outflow_amount,
        adjustment_amount,
        completed_count,
        customer_id,
        daily_from,
        start_amount + moved_amount as balance_amount,
        coalesce(last_moved_date, last_transaction_date) as last_transaction_date,
        greatest(line_date, first_day) as span_from,
        least(coalesce({{ add_days('next_line_date', -1) }}, last_day), last_day) as span_to
    from running
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
        lifetimes.account_id,
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
    from lifetimes
    left join account_days
        on lifetimes.account_id = account_days.account_id
            and lifetimes.first_day < account_days.to_day
    left join customer_days
        on lifetimes.customer_id = customer_days.customer_id
            and lifetimes.first_day < customer_days.to_day
            and coalesce(account_days.from_day < customer_days.to_day, true)
            and coalesce(customer_days.from_day < account_days.to_day, true)
    left join dim_product on account_days.product_id = dim_product.product_id
),

source_rows as (
    select
        snapshots.account_id,
        snapshots.customer_id,
        snapshots.snapshot_date,
        snapshots.balance_amount,
        snapshots.last_transaction_date,
        {#- A day without a line moves nothing. -#}
        {%- for measure in ['completed_count', 'inflow_amount', 'outflow_amount', 'adjustment_amount'] %}
        case when snapshots.snapshot_date = snapshots.line_date then snapshots.{{ measure }} else 0 end
            as {{ measure }},
        {%- endfor %}
        account_currencies.currency,
        {{ exchange_rate('account_currencies.currency') }} as exchange_rate
    from snapshots
    cross join reporting
    left join account_currencies on snapshots.account_id = account_currencies.account_id
    {{ join_rates('account_currencies.currency', 'snapshots.snapshot_date') }}
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
        {{ account_status_on('closures', 'version_days') }} as account_status,
        closures.account_id is null as is_open,
        {{ is_month_end('source_rows.snapshot_date') }} as is_month_end,
        source_rows.last_transaction_date,
        cast(source_rows.completed_count as bigint) as transaction_count,
        source_rows.currency,
        source_rows.exchange_rate is null as is_without_rate,
        source_rows.exchange_rate,
        source_rows.balance_amount as original_closing_balance_amount,
        {{ in_reporting_currency('source_rows.balance_amount') }}
        - {{ in_reporting_currency('source_rows.inflow_amount') }}
        + {{ in_reporting_currency('source_rows.outflow_amount') }}
        - {{ in_reporting_currency('source_rows.adjustment_amount') }} as opening_balance_amount,
        {{ in_reporting_currency('source_rows.inflow_amount') }} as inflow_amount,
        {{ in_reporting_currency('source_rows.outflow_amount') }} as outflow_amount,
        {{ in_reporting_currency('source_rows.adjustment_amount') }} as adjustment_amount,
        {{ in_reporting_currency('source_rows.balance_amount') }} as closing_balance_amount,
        case
            when source_rows.balance_amount < 0 then {{ in_reporting_currency('-source_rows.balance_amount') }}
            else 0
        end as owed_amount,
        {{ in_reporting_currency('version_days.credit_limit_amount') }} as credit_limit_amount,
        {{ ratio('greatest(-source_rows.balance_amount, 0)', 'version_days.credit_limit_amount') }}
            as utilization_rate
    from source_rows
    left join version_days
        on source_rows.account_id = version_days.account_id
            and source_rows.snapshot_date >= version_days.from_day
            and source_rows.snapshot_date < version_days.to_day
    {{ join_closure('source_rows.snapshot_date') }}
),

{% if is_incremental() -%}
-- What goes: of touched accounts all that follows the last row which stands; of all accounts the
-- days that have left the daily window.
rows_to_delete as (
    select
        touched.account_id,
        cast(null as date) as snapshot_date,
        coalesce({{ add_days('starts.start_after', 1) }}, cast('1900-01-01' as date)) as _touched_from
    from touched
    left join starts on touched.account_id = starts.account_id
    union all
    select
        built.account_id,
        built.snapshot_date,
        cast(null as date) as _touched_from
    from {{ this }} as built
    cross join previous_day
    cross join calendar
    where built.snapshot_date >= {{ add_days('previous_day.as_of_date', 1 - daily_days) }}
        and built.snapshot_date < calendar.daily_from
        and not built.is_month_end
),

final as (
    select
        account_id,
        snapshot_date,
        {%- for column in measures %}
        {{ column }},
        {%- endfor %}
        cast(null as date) as _touched_from,
        true as _is_alive
    from keyed
    union all
    select
        account_id,
        snapshot_date,
        {%- for column in measures %}
        null as {{ column }},
        {%- endfor %}
        _touched_from,
        false as _is_alive
    from rows_to_delete
)
{%- else -%}
final as (
    select * from keyed
)
{%- endif %}

select * from final
