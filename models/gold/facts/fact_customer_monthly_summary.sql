{{ config(
    materialized='incremental',
    incremental_strategy='touched_keys',
    unique_key=['customer_id', 'month_start'],
    touched_by='customer_id',
    touched_from='month_start'
) }}

{%- set last_built = last_built_batch() -%}
{%- set touched_days = touched_account_days() -%}
{%- set load_audit = source('bronze_audit', 'load_audit') -%}
{%- set base_accounts = ref('base_accounts') -%}
{%- set all_account_versions = ref('int_account_versions') -%}
{%- set account_changes = ref('int_account_changes') -%}
{%- set customer_changes = ref('int_customer_changes') -%}
{%- set touched_activity = [
    touched_places(
        ref('base_transactions'), ref('int_transactions_versions'), 'transaction_id',
        {'customer_id': 'customer_id', 'touched_from': month_start('transaction_at')}
    ),
    touched_places(
        ref('base_digital_engagement'), ref('int_digital_engagement_versions'), 'engagement_id',
        {'customer_id': 'customer_id', 'touched_from': month_start('engaged_at')}
    ),
    touched_places(
        ref('base_customer_interactions'), ref('int_customer_interactions_versions'), 'interaction_id',
        {'customer_id': 'customer_id', 'touched_from': month_start('interaction_at')}
    ),
    touched_places(
        ref('base_loan_payments'), ref('int_loan_payments_versions'), 'payment_id',
        {'customer_id': 'customer_id', 'touched_from': month_start('scheduled_date')}
    ),
] -%}
{%- set money = [
    'inflow_amount', 'outflow_amount', 'purchase_amount', 'fee_amount',
    'payment_due_amount', 'payment_paid_amount', 'late_fee_amount',
] -%}
{%- set counts = [
    'transaction_count', 'completed_count', 'declined_count', 'purchase_count', 'international_count',
    'fraud_count', 'digital_session_count', 'contact_count', 'complaint_count',
    'unresolved_complaint_count', 'rated_contact_count', 'payment_due_count', 'late_payment_count',
    'unpaid_payment_count',
] -%}
{%- set amounts_of_time = ['digital_minutes', 'satisfaction_rating_total'] %}

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
    'monthly_activity': ref('int_customer_monthly_activity'),
    'activity_months': ref('int_customer_monthly_activity'),
    'snapshots': ref('fact_account_daily_snapshot'),
    'dim_customer': ref('dim_customer'),
}) -}}

activity_ranges as (
    select
        customer_id,
        min(month_start) as first_month,
        max(month_start) as last_month
    from activity_months
    group by customer_id
),

-- A customer whose accounts are all closed has left on the day of the last closing.
account_ranges as (
    select
        customer_id,
        min(open_date) as first_open_date,
        case when count(*) = count(close_date) then max(close_date) end as left_date
    from anchors
    group by customer_id
),

-- From sign-up to leaving, and wherever there is activity; a customer who is deleted or in quarantine
-- keeps the months of activity alone.
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
                when customers.signup_date is not null
                    and customers.quarantine_rule is null
                    and account_ranges.left_date is null
                    then calendar.as_of_month
            end
        ) as last_month,
        calendar.as_of_date
    from customers
    cross join calendar
    left join activity_ranges on customers.customer_id = activity_ranges.customer_id
    left join account_ranges on customers.customer_id = account_ranges.customer_id
    where customers._first_batch_id is not null
),

{% if is_incremental() -%}
previous_calendar as (
    select {{ month_start('max(extracted_at)') }} as as_of_month
    from {{ load_audit }}
    where batch_id <= {{ last_built }}
),

touched_activity as (
    {{ touched_activity | join('\n    union\n    ') }}
),

account_versions as (
    select * from {{ all_account_versions }} where not is_deleted
),

changed_accounts as (
    select
        account_versions.account_id,
        account_versions.customer_id,
        max(account_versions.customer_id) over (partition by account_versions.account_id) as greatest_customer_id,
        min(account_versions.customer_id) over (partition by account_versions.account_id) as least_customer_id,
        max(account_versions.open_date) over (partition by account_versions.account_id) as latest_open_date,
        min(account_versions.open_date) over (partition by account_versions.account_id) as earliest_open_date,
        account_versions.close_date
    from (select account_id from {{ base_accounts }} where _changed_batch_id > {{ last_built }}) as changed
    inner join account_versions on changed.account_id = account_versions.account_id
),

touched_account_dates as (
    select
        account_id,
        activity_date as touched_from
    from ({{ touched_days }}) as touched_days
    union all
    select
        account_id,
        cast(changed_from as date) as touched_from
    from {{ account_changes }}
    where _batch_id > {{ last_built }}
),

touched_dates as (
    select
        customer_id,
        touched_from
    from touched_activity
    union all
    select
        anchors.customer_id,
        touched_account_dates.touched_from
    from touched_account_dates
    inner join anchors on touched_account_dates.account_id = anchors.account_id
    union all
    select
        customer_id,
        case
            when greatest_customer_id <> least_customer_id or latest_open_date <> earliest_open_date
                then cast('1900-01-01' as date)
            else coalesce(close_date, cast('9999-12-31' as date))
        end as touched_from
    from changed_accounts
    union all
    select
        customer_id,
        cast(changed_from as date) as touched_from
    from {{ customer_changes }}
    where _batch_id > {{ last_built }}
    union all
    select
        customer_id,
        coalesce({{ month_start('signup_date') }}, cast('1900-01-01' as date)) as touched_from
    from (select * from {{ ref('base_customers') }}) as changed_customers
    where _changed_batch_id > {{ last_built }}
        and (is_deleted or quarantine_rule is not null)
    union all
    select
        customer_id,
        cast('9999-12-31' as date) as touched_from
    from (select * from {{ ref('base_customers') }}) as changed_customers
    where _changed_batch_id > {{ last_built }}
),

touched as (
    select
        customer_id,
        {{ month_start('min(touched_from)') }} as touched_from
    from touched_dates
    group by customer_id
),

-- The last month that stands before the first touched one, and the customer's first month.
standing as (
    select
        touched.customer_id,
        standing_row.month_start,
        standing_row.tenure_months,
        standing_row.deposit_balance_amount,
        standing_row.owed_balance_amount,
        standing_row.open_account_count,
        first_row.month_start as built_first_month
    from touched
    left join lateral (
        select
            built.month_start,
            built.tenure_months,
            built.deposit_balance_amount,
            built.owed_balance_amount,
            built.open_account_count
        from {{ this }} as built
        where built.customer_id = touched.customer_id
            and built.month_start < touched.touched_from
        order by built.month_start desc
        limit 1
    ) as standing_row on true
    left join lateral (
        select min(built.month_start) as month_start
        from {{ this }} as built
        where built.customer_id = touched.customer_id
    ) as first_row on true
),

-- That month as it would be built now: where it differs, all months have shifted.
restated as (
    select
        standing.customer_id,
        standing.month_start,
        standing.tenure_months,
        standing.built_first_month,
        standing.deposit_balance_amount,
        standing.owed_balance_amount,
        standing.open_account_count,
        coalesce(sum(greatest(restating.closing_balance_amount, 0)), 0) as restated_deposit_amount,
        coalesce(sum(restating.owed_amount), 0) as restated_owed_amount,
        count(restating.account_id) as restated_account_count
    from standing
    cross join calendar
    left join (select * from {{ ref('fact_account_daily_snapshot') }}) as restating
        on standing.customer_id = restating.customer_id
            and restating.snapshot_date = least({{ month_end('standing.month_start') }}, calendar.as_of_date)
    where standing.month_start is not null
    group by
        standing.customer_id,
        standing.month_start,
        standing.tenure_months,
        standing.built_first_month,
        standing.deposit_balance_amount,
        standing.owed_balance_amount,
        standing.open_account_count
),

continued as (
    select
        restated.customer_id,
        {{ add_months('restated.month_start', 1) }} as from_month
    from restated
    inner join lifetimes on restated.customer_id = lifetimes.customer_id
    where restated.restated_deposit_amount = restated.deposit_balance_amount
        and restated.restated_owed_amount = restated.owed_balance_amount
        and restated.restated_account_count = restated.open_account_count
        and restated.built_first_month = lifetimes.first_month
        and restated.tenure_months = {{ tenure_months('lifetimes.signup_date', 'restated.month_start') }}
),
{%- endif %}

starts as (
    {% if is_incremental() -%}
    select
        lifetimes.customer_id,
        case
            when touched.customer_id is null then {{ add_months('previous_calendar.as_of_month', 1) }}
            else coalesce(continued.from_month, cast('1900-01-01' as date))
        end as from_month
    from lifetimes
    cross join previous_calendar
    left join touched on lifetimes.customer_id = touched.customer_id
    left join continued on lifetimes.customer_id = continued.customer_id
    {%- else -%}
    select
        customer_id,
        cast('1900-01-01' as date) as from_month
    from lifetimes
    {%- endif %}
),

spine as (
    select
        lifetimes.customer_id,
        months.day as month_start,
        {{ end_of_day(month_end('months.day')) }} as month_end_at,
        lifetimes.signup_date,
        lifetimes.left_date
    from lifetimes
    inner join starts on lifetimes.customer_id = starts.customer_id
    cross join lateral {{ date_series(
        'greatest(lifetimes.first_month, starts.from_month)', 'lifetimes.last_month', 'month'
    ) }} as months
    where lifetimes.first_month is not null
        and starts.from_month <= lifetimes.last_month
),

-- The state at the month's end, and at as_of in the month that is not over.
product_balances as (
    select
        snapshots.customer_id,
        snapshots.product_id,
        {{ month_start('snapshots.snapshot_date') }} as month_start,
        count(*) as open_account_count,
        sum(greatest(snapshots.closing_balance_amount, 0)) as deposit_balance_amount,
        sum(snapshots.owed_amount) as owed_balance_amount
    from snapshots
    cross join calendar
    {%- if is_incremental() %}
    inner join starts
        on snapshots.customer_id = starts.customer_id
            and snapshots.snapshot_date >= starts.from_month
    {%- endif %}
    where snapshots.is_month_end or snapshots.snapshot_date = calendar.as_of_date
    group by
        snapshots.customer_id,
        snapshots.product_id,
        {{ month_start('snapshots.snapshot_date') }}
),

month_balances as (
    select
        customer_id,
        month_start,
        count(*) as product_count,
        sum(open_account_count) as open_account_count,
        sum(deposit_balance_amount) as deposit_balance_amount,
        sum(owed_balance_amount) as owed_balance_amount
    from product_balances
    group by customer_id, month_start
),

source_rows as (
    select
        spine.*,
        {%- for measure in counts + money + amounts_of_time %}
        coalesce(monthly_activity.{{ measure }}, 0) as {{ measure }},
        {%- endfor %}
        cast(coalesce(month_balances.product_count, 0) as bigint) as product_count,
        cast(coalesce(month_balances.open_account_count, 0) as bigint) as open_account_count,
        coalesce(month_balances.deposit_balance_amount, 0) as deposit_balance_amount,
        coalesce(month_balances.owed_balance_amount, 0) as owed_balance_amount
    from spine
    left join monthly_activity
        on spine.customer_id = monthly_activity.customer_id
            and spine.month_start = monthly_activity.month_start
    left join month_balances
        on spine.customer_id = month_balances.customer_id
            and spine.month_start = month_balances.month_start
),

keyed as (
    select
        source_rows.customer_id,
        source_rows.month_start,
        {{ version_keys('customer') }},
        {{ date_key('source_rows.month_end_at') }} as date_key,
        {{ tenure_months('source_rows.signup_date', 'source_rows.month_start') }} as tenure_months,
        {{ month_start('source_rows.signup_date') }} is not distinct from source_rows.month_start as is_signup_month,
        {{ month_start('source_rows.left_date') }} is not distinct from source_rows.month_start as is_churn_month,
        source_rows.completed_count + source_rows.digital_session_count + source_rows.contact_count > 0 as is_active,
        {%- for measure in counts + money %}
        source_rows.{{ measure }},
        {%- endfor %}
        source_rows.inflow_amount - source_rows.outflow_amount as net_flow_amount,
        source_rows.digital_minutes,
        {{ ratio('source_rows.satisfaction_rating_total', 'source_rows.rated_contact_count') }}
            as mean_satisfaction_rating,
        source_rows.product_count,
        source_rows.open_account_count,
        source_rows.deposit_balance_amount,
        source_rows.owed_balance_amount,
        source_rows.deposit_balance_amount - source_rows.owed_balance_amount as net_balance_amount
    from source_rows
    {{ join_as_of('dim_customer', 'customer_id', 'source_rows.month_end_at') }}
),

{% if is_incremental() -%}
doomed as (
    select
        touched.customer_id,
        cast(null as date) as month_start,
        coalesce(continued.from_month, cast('1900-01-01' as date)) as _touched_from
    from touched
    left join continued on touched.customer_id = continued.customer_id
),

final as (
    select
        *,
        customer_key is not null as _is_alive
    from keyed
    full join doomed using (customer_id, month_start)
)
{%- else -%}
final as (
    select * from keyed
)
{%- endif %}

select * from final
