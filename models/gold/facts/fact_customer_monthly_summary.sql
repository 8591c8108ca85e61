{# Nearly as many groups as rows: sorting them is half the work of hashing them. #}
{{ config(
    materialized='incremental',
    incremental_strategy='touched_keys',
    partition_by={'month': 'month_start'},
    unique_key=['customer_id', 'month_start'],
    planner={'enable_hashagg': 'off'}
) }}

{%- set last_built = last_built_batch() -%}
{%- set touched_customers = ref('int_touched_customers') -%}
{%- set money = [
    'inflow_amount', 'outflow_amount', 'purchase_amount', 'fee_amount',
    'payment_due_amount', 'payment_paid_amount', 'late_fee_amount',
] -%}
{%- set counts = [
    'transaction_count', 'completed_count', 'declined_count', 'initiated_count', 'purchase_count',
    'international_count',
    'fraud_count', 'digital_session_count', 'contact_count', 'complaint_count',
    'unresolved_complaint_count', 'rated_contact_count', 'payment_due_count', 'late_payment_count',
    'unpaid_payment_count',
] -%}
{%- set amounts_of_time = ['digital_minutes', 'satisfaction_rating_total'] -%}
{%- set balances = balance_kinds() -%}
{%- set balance_sums = [
    'count(*) as open_account_count',
    'sum(greatest(snapshots.closing_balance_amount, 0)) as held_amount',
    'sum(snapshots.owed_amount) as owed_balance_amount',
] | join(', ') -%}
{%- set measures = [
    'customer_key', 'customer_durable_key', 'date_key', 'tenure_months', 'is_signup_month',
    'is_churn_month', 'is_return_month', 'is_away', 'is_active',
] + counts + money + [
    'net_flow_amount', 'digital_minutes', 'mean_satisfaction_rating', 'product_count',
    'open_account_count',
] + balances + ['net_balance_amount'] %}

with

calendar as (
    select
        as_of_date,
        {{ month_start('as_of_date') }} as as_of_month
    from {{ ref('int_as_of') }}
),

{{ import_ctes({
    'customers': ref('base_customers'),
    'anchors': ref('int_account_balance_anchors'),
    'activity': ref('int_customer_monthly_activity'),
    'activity_months': ref('int_customer_monthly_activity'),
    'absences': ref('int_customer_absences'),
    'lasting_absences': ref('int_customer_absences'),
    'departures': ref('int_customer_absences'),
    'returns': ref('int_customer_absences'),
    'dim_customer': ref('dim_customer'),
    'dim_product': ref('dim_product'),
}) -}}

snapshots as (
    select * from {{ ref('fact_account_daily_snapshot') }} where is_open
),

{% if is_incremental() -%}
touched as (
    select
        customer_id,
        {{ month_start('min(touched_from)') }} as touched_from
    from {{ touched_customers }}
    where _batch_id > {{ last_built }}
    group by customer_id
),

standing_ranges as (
    select
        touched.customer_id,
        ranges.first_month,
        ranges.last_month
    from touched
    cross join lateral (
        select
            min(built.month_start) as first_month,
            max(built.month_start) as last_month
        from {{ this }} as built
        where built.customer_id = touched.customer_id
    ) as ranges
),
{%- endif %}

activity_ranges as (
    {% if is_incremental() -%}
    select
        touched.customer_id,
        ranges.first_month,
        ranges.last_month
    from touched
    cross join lateral (
        select
            min(activity_months.month_start) as first_month,
            max(activity_months.month_start) as last_month
        from activity_months
        where activity_months.customer_id = touched.customer_id
    ) as ranges
    {%- else -%}
    select
        customer_id,
        min(month_start) as first_month,
        max(month_start) as last_month
    from activity_months
    group by customer_id
    {%- endif %}
),

first_openings as (
    select
        customer_id,
        min(open_date) as first_open_date
    from anchors
    group by customer_id
),

-- A customer whose accounts are all closed has left on the day of the last closing, until one is
-- open again.
account_ranges as (
    select
        first_openings.customer_id,
        first_openings.first_open_date,
        lasting_absences.left_date
    from first_openings
    left join lasting_absences
        on first_openings.customer_id = lasting_absences.customer_id
            and lasting_absences.returned_date is null
),

departure_months as (
    select distinct
        customer_id,
        {{ month_start('left_date') }} as month_start
    from departures
),

return_months as (
    select distinct
        customer_id,
        {{ month_start('returned_date') }} as month_start
    from returns
    where returned_date is not null
),

-- From sign-up to leaving, and wherever there is activity; a customer who is deleted or in
-- quarantine keeps the months of activity and of accounts alone.
lifetimes as (
    select
        customers.customer_id,
        customers.signup_date,
        account_ranges.left_date,
        least(
            {{ month_start('customers.signup_date') }},
            activity_ranges.first_month,
            {{ month_start('account_ranges.first_open_date') }}
        ) as first_month,
        greatest(
            activity_ranges.last_month,
            {{ month_start('account_ranges.left_date') }},
            case
                when account_ranges.left_date is null
                    and (
                        account_ranges.customer_id is not null
                        or (
                            customers.signup_date is not null
                            and customers.quarantine_rule is null
                        )
                    )
                    then calendar.as_of_month
            end
        ) as last_month,
        calendar.as_of_date
    from customers
    cross join calendar
    {%- if is_incremental() %}
    inner join touched on customers.customer_id = touched.customer_id
    {%- endif %}
    left join activity_ranges on customers.customer_id = activity_ranges.customer_id
    left join account_ranges on customers.customer_id = account_ranges.customer_id
    where customers._first_batch_id is not null
),

spans as (
    {% if is_incremental() -%}
    -- What stands before a touched month stays, unless the customer's first or last month is
    -- another one now. (A customer's day of leaving is one on which a changed account closed.)
    select
        lifetimes.*,
        case
            when lifetimes.first_month is distinct from standing_ranges.first_month
                or lifetimes.last_month is null
                or lifetimes.first_month > lifetimes.last_month
                then cast('1900-01-01' as date)
            else least(
                touched.touched_from,
                case
                    when lifetimes.last_month <> standing_ranges.last_month
                        then {{ add_months('least(lifetimes.last_month, standing_ranges.last_month)', 1) }}
                end
            )
        end as from_month
    from lifetimes
    inner join touched on lifetimes.customer_id = touched.customer_id
    left join standing_ranges on lifetimes.customer_id = standing_ranges.customer_id
    {%- else -%}
    select
        *,
        cast('1900-01-01' as date) as from_month
    from lifetimes
    {%- endif %}
),

spine as (
    select
        spans.customer_id,
        months.day as month_start,
        {{ end_of_day(month_end('months.day')) }} as month_end_at,
        {%- if is_incremental() %}
        case
            when months.day <= spans.as_of_date
                then least({{ month_end('months.day') }}, spans.as_of_date)
        end as balance_date,
        {%- endif %}
        spans.signup_date
    from spans
    cross join lateral
        {{ date_series('greatest(spans.first_month, spans.from_month)', 'spans.last_month', 'month') }}
            as months
    where spans.first_month <= spans.last_month
        and spans.from_month <= spans.last_month
),

monthly_activity as (
    {% if is_incremental() -%}
    select activity.*
    from spans
    inner join activity
        on spans.customer_id = activity.customer_id
            and spans.from_month <= activity.month_start
    {%- else -%}
    select * from activity
    {%- endif %}
),

{# The state at the month's end, and at as_of in the month that is not over. An increment looks its
   months up one by one: sums in a lateral join are not made a join that reads the whole snapshot. -#}
product_balances as (
    {% if is_incremental() -%}
    select
        spine.customer_id,
        spine.month_start,
        balances.product_id,
        balances.open_account_count,
        balances.held_amount,
        balances.owed_balance_amount
    from spine
    cross join lateral (
        select
            snapshots.product_id,
            {{ balance_sums }}
        from snapshots
        where snapshots.customer_id = spine.customer_id
            and snapshots.snapshot_date = spine.balance_date
        group by snapshots.product_id
    ) as balances
    {%- else -%}
    select
        snapshots.customer_id,
        {{ month_start('snapshots.snapshot_date') }} as month_start,
        snapshots.product_id,
        {{ balance_sums }}
    from snapshots
    cross join calendar
    where snapshots.is_month_end or snapshots.snapshot_date = calendar.as_of_date
    group by
        snapshots.customer_id,
        snapshots.product_id,
        {{ month_start('snapshots.snapshot_date') }}
    {%- endif %}
),

month_balances as (
    select
        product_balances.customer_id,
        product_balances.month_start,
        count(*) as product_count,
        sum(product_balances.open_account_count) as open_account_count,
        {%- for kind in balances[:-1] %}
        sum({{ held_as(kind, 'product_balances.held_amount', 'dim_product.category') }}) as {{ kind }},
        {%- endfor %}
        sum(product_balances.owed_balance_amount) as owed_balance_amount
    from product_balances
    left join dim_product on product_balances.product_id = dim_product.product_id
    group by product_balances.customer_id, product_balances.month_start
),

source_rows as (
    select
        spine.*,
        {%- for measure in counts + money + amounts_of_time %}
        coalesce(monthly_activity.{{ measure }}, 0) as {{ measure }},
        {%- endfor %}
        cast(coalesce(month_balances.product_count, 0) as bigint) as product_count,
        departure_months.customer_id is not null as is_churn_month,
        return_months.customer_id is not null as is_return_month,
        absences.customer_id is not null as is_away,
        {%- for kind in balances %}
        coalesce(month_balances.{{ kind }}, 0) as {{ kind }},
        {%- endfor %}
        cast(coalesce(month_balances.open_account_count, 0) as bigint) as open_account_count
    from spine
    left join monthly_activity
        on spine.customer_id = monthly_activity.customer_id
            and spine.month_start = monthly_activity.month_start
    left join month_balances
        on spine.customer_id = month_balances.customer_id
            and spine.month_start = month_balances.month_start
    left join departure_months
        on spine.customer_id = departure_months.customer_id
            and spine.month_start = departure_months.month_start
    left join return_months
        on spine.customer_id = return_months.customer_id
            and spine.month_start = return_months.month_start
    left join absences
        on spine.customer_id = absences.customer_id
            and spine.month_end_at >= absences.left_date
            and spine.month_end_at < coalesce(absences.returned_date, cast('9999-12-31' as date))
),

keyed as (
    select
        source_rows.customer_id,
        source_rows.month_start,
        {{ version_keys('customer') }},
        {{ date_key('source_rows.month_end_at') }} as date_key,
        {{ tenure_months('source_rows.signup_date', 'source_rows.month_start') }} as tenure_months,
        coalesce(
            {{ month_start('source_rows.signup_date') }} = source_rows.month_start, false
        ) as is_signup_month,
        source_rows.is_churn_month,
        source_rows.is_return_month,
        source_rows.is_away,
        source_rows.initiated_count > 0 as is_active,
        {%- for measure in counts + money %}
        source_rows.{{ measure }},
        {%- endfor %}
        source_rows.inflow_amount - source_rows.outflow_amount as net_flow_amount,
        source_rows.digital_minutes,
        {{ ratio('source_rows.satisfaction_rating_total', 'source_rows.rated_contact_count') }}
            as mean_satisfaction_rating,
        source_rows.product_count,
        source_rows.open_account_count,
        {%- for kind in balances %}
        source_rows.{{ kind }},
        {%- endfor %}
        {% for kind in balances[:-1] %}source_rows.{{ kind }} {{ '+ ' if not loop.last }}{% endfor %}
        - source_rows.owed_balance_amount as net_balance_amount
    from source_rows
    {{ join_as_of('dim_customer', 'customer_id', 'source_rows.month_end_at') }}
),

{% if is_incremental() -%}
reckoned_anew as (
    select
        touched.customer_id,
        coalesce(spans.from_month, cast('1900-01-01' as date)) as from_month
    from touched
    left join spans on touched.customer_id = spans.customer_id
),

standing as (
    select built.*
    from reckoned_anew
    {{ join_rows_since(
        'reckoned_anew', this, 'customer_id', 'month_start', 'from_month', 'built'
    ) }}
),

-- Of the touched customers' months those that are new, gone or other than they stand.
final as (
    select
        coalesce(keyed.customer_id, standing.customer_id) as customer_id,
        coalesce(keyed.month_start, standing.month_start) as month_start,
        {%- for column in measures %}
        keyed.{{ column }},
        {%- endfor %}
        keyed.customer_id is not null as _is_alive
    from keyed
    full join standing
        on keyed.customer_id = standing.customer_id
            and keyed.month_start = standing.month_start
    where keyed.customer_id is null
        or standing.customer_id is null
        {%- for column in measures %}
        or keyed.{{ column }} is distinct from standing.{{ column }}
        {%- endfor %}
)
{%- else -%}
final as (
    select * from keyed
)
{%- endif %}

select * from final
