{{ config(
    materialized='incremental',
    incremental_strategy='touched_keys',
    unique_key='account_key',
    touched_by='account_id'
) }}

{#- What makes a version; account_events speak of all of it. -#}
{%- set versioned = [
    {'name': 'account_status', 'type': text_type(), 'in_feed': true},
    {'name': 'credit_limit', 'type': 'decimal(18, 3)', 'in_feed': true},
    {'name': 'interest_rate', 'type': 'decimal(9, 6)', 'in_feed': true},
    {'name': 'product_id', 'type': text_type(), 'in_feed': true},
] %}

with

customers as (
    select customer_id from {{ ref('base_customers') }} where _first_batch_id is not null
),

event_customers as (
    select customer_id from {{ ref('base_customers') }} where _first_batch_id is not null
),

all_versions as (
    select * from {{ ref('int_account_versions') }}
),

all_feed as (
    select * from {{ ref('int_account_feed') }}
),

feed_places as (
    select feed_id, account_id from {{ ref('int_account_feed') }}
),

changes as (
    select * from {{ ref('int_account_changes') }}
),

{# What waits for its customer states nothing yet. -#}
versions as (
    select all_versions.*
    from all_versions
    left join customers on all_versions.customer_id = customers.customer_id
    where all_versions.is_deleted or customers.customer_id is not null
),

feed as (
    select
        all_feed.feed_id,
        all_feed.account_id,
        all_feed.effective_at,
        {%- for column in versioned %}
        all_feed.{{ column.name }},
        all_feed.previous_{{ column.name }},
        {%- endfor %}
        all_feed.is_statement and event_customers.customer_id is not null as is_statement,
        all_feed._batch_id,
        all_feed._extracted_at,
        all_feed._source_file,
        all_feed._source_row
    from all_feed
    left join event_customers on all_feed.customer_id = event_customers.customer_id
),

{{ scd2_history('account_id', versioned) }}

final as (
    select
        {{ surrogate_key(['scd2_history.account_id', 'scd2_history.valid_from']) }} as account_key,
        {{ surrogate_key(['scd2_history.account_id']) }} as account_durable_key,
        scd2_history.account_id,
        latest_versions.customer_id,
        {{ surrogate_key(['latest_versions.customer_id']) }} as customer_durable_key,
        scd2_history.account_status,
        scd2_history.credit_limit as credit_limit_amount,
        scd2_history.interest_rate,
        scd2_history.product_id,
        latest_versions.currency,
        latest_versions.open_date,
        latest_versions.close_date,
        latest_versions.is_autopay_enabled,
        latest_versions.has_overdraft_protection,
        latest_versions.is_primary,
        scd2_history.valid_from,
        scd2_history.valid_to,
        scd2_history.is_current,
        scd2_history.is_deleted,
        scd2_history.version_number,
        scd2_history.row_hash
    from scd2_history
    inner join latest_versions on scd2_history.account_id = latest_versions.account_id
    {%- if not is_incremental() %}
    union all
    select
        -1,
        -1,
        'Unknown',
        'Unknown',
        -1,
        'Unknown',
        null,
        null,
        'Unknown',
        'Unknown',
        null,
        null,
        null,
        null,
        null,
        cast('1900-01-01' as timestamp),
        cast('9999-12-31' as timestamp),
        true,
        false,
        1,
        {{ row_hash(["'Unknown'"]) }}
    {%- endif %}
)

select * from final
