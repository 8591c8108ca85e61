{{ config(
    materialized='incremental',
    incremental_strategy='touched_keys',
    partition_by={'value': '_batch_id'},
    unique_key=['customer_id', '_batch_id'],
    post_hook='{{ refresh_statistics() }}',
    indexes=[{'columns': ['_batch_id', 'customer_id'], 'unique': true}]
) }}

{%- set last_built = last_built_batch() -%}
{%- set load_audit = source('bronze_audit', 'load_audit') -%}
{%- set as_of = ref('int_as_of') -%}
{%- set anchors = ref('int_account_balance_anchors') -%}
{%- set touched_accounts = ref('int_touched_accounts') -%}
{%- set account_versions = ref('int_account_versions') -%}
{%- set customer_changes = ref('int_customer_changes') -%}
{%- set touched_activity = [
    touched_places(
        ref('base_transactions'), ref('int_transactions_versions'), 'transaction_id',
        {'customer_id': 'customer_id', 'touched_from': 'cast(transaction_at as date)'}
    ),
    touched_places(
        ref('base_digital_engagement'), ref('int_digital_engagement_versions'), 'engagement_id',
        {'customer_id': 'customer_id', 'touched_from': 'cast(engaged_at as date)'}
    ),
    touched_places(
        ref('base_customer_interactions'),
        ref('int_customer_interactions_versions'),
        'interaction_id',
        {'customer_id': 'customer_id', 'touched_from': 'cast(interaction_at as date)'}
    ),
    touched_places(
        ref('base_loan_payments'), ref('int_loan_payments_versions'), 'payment_id',
        {'customer_id': 'customer_id', 'touched_from': 'scheduled_date'}
    ),
] %}

with

customers as (
    select * from {{ ref('base_customers') }}
),

{% if is_incremental() -%}
pinned as (
    select as_of_date from {{ as_of }}
),

previous_day as (
    {{ previous_day(load_audit) }}
),

calendar as (
    select
        pinned.as_of_date,
        previous_day.as_of_date as previous_date
    from pinned
    cross join previous_day
),

anchors as (
    select * from {{ anchors }}
),

touched_accounts as (
    select
        account_id,
        touched_from
    from {{ touched_accounts }}
    where _batch_id > {{ last_built }}
),

account_versions as (
    select * from {{ account_versions }} where not is_deleted
),

touched_dates as (
    {{ touched_activity | join('\n    union all\n    ') }}
    union all
    -- an account belongs to every customer whom a version of it named
    select
        account_versions.customer_id,
        touched_accounts.touched_from
    from touched_accounts
    inner join account_versions on touched_accounts.account_id = account_versions.account_id
    union all
    select
        customer_id,
        cast(changed_from as date) as touched_from
    from {{ customer_changes }}
    where _batch_id > {{ last_built }}
    union all
    -- another day of signing up counts for every month
    select
        customer_id,
        cast('1900-01-01' as date) as touched_from
    from customers
    where _changed_batch_id > {{ last_built }}
    union all
    -- what was known to open or close later does so now
    select
        anchors.customer_id,
        calendar.previous_date as touched_from
    from anchors
    cross join calendar
    where anchors.open_date > calendar.previous_date
        or anchors.close_date >= calendar.previous_date
    union all
    -- a new month begins for everybody
    select
        customers.customer_id,
        {{ add_days(month_end('calendar.previous_date'), 1) }} as touched_from
    from customers
    cross join calendar
    where calendar.as_of_date > {{ month_end('calendar.previous_date') }}
),

final as (
    {{ earliest_touched('customer_id', 'touched_dates') }}
)
{%- else -%}
final as (
    {{ all_touched('customer_id', 'customers') }}
)
{%- endif %}

select * from final
