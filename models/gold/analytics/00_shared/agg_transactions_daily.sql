{{ config(
    materialized='incremental',
    incremental_strategy='touched_keys',
    partition_by={'month': 'transaction_date'},
    touched_by='transaction_date',
    unique_key=[
        'transaction_date', 'channel', 'transaction_type', 'merchant_category', 'status', 'currency',
        'is_customer_initiated',
    ]
) }}

{%- set dimensions = [
    'channel', 'transaction_type', 'merchant_category', 'status', 'currency', 'is_customer_initiated',
] -%}
{%- set measures = [
    'transaction_count', 'movement_count', 'fraud_count', 'attempted_amount', 'inflow_amount',
    'outflow_amount', 'internal_transfer_amount', 'volume_amount', 'book_entry_amount',
    'completed_amount', 'original_attempted_amount', 'without_rate_count',
] -%}
{%- set touched_days = touched_places(
    ref('base_transactions'), ref('int_transactions_versions'), 'transaction_id',
    {'transaction_date': 'cast(transaction_at as date)'}
) -%}
{%- set changed_rates = changed_rates() -%}
{%- set revalued = ref('fact_transactions') %}

with

{% if is_incremental() -%}
touched as (
    select distinct transaction_date from ({{ touched_days }}) as places
    union
    select moved.transaction_date
    from (select * from {{ revalued }}) as moved
    inner join ({{ changed_rates }}) as changed_rates
        on moved.currency = changed_rates.currency
            and moved.transaction_date >= changed_rates.changed_from
),
{%- endif %}

transactions as (
    select * from {{ ref('fact_transactions') }}
),

source_rows as (
    select
        transactions.transaction_date,
        transactions.channel,
        transactions.transaction_type,
        coalesce(transactions.merchant_category, 'None') as merchant_category,
        transactions.status,
        transactions.currency,
        transactions.is_customer_initiated,
        transactions.is_fraud,
        transactions.is_movement,
        transactions.is_internal_transfer,
        transactions.amount,
        transactions.original_amount,
        transactions.is_without_rate,
        transactions.inflow_amount,
        transactions.outflow_amount,
        transactions.volume_amount,
        transactions.book_entry_amount
    from transactions
    {%- if is_incremental() %}
    inner join touched on transactions.date_key = {{ date_key('touched.transaction_date') }}
    {%- endif %}
),

daily as (
    select
        transaction_date,
        {{ dimensions | join(',\n        ') }},
        count(*) as transaction_count,
        count(*) filter (where is_movement) as movement_count,
        count(*) filter (where is_fraud) as fraud_count,
        {{ money_sum('true', 'abs(amount)') }} as attempted_amount,
        {{ money_sum('true', 'inflow_amount') }} as inflow_amount,
        {{ money_sum('true', 'outflow_amount') }} as outflow_amount,
        {{ money_sum('is_internal_transfer', 'volume_amount') }} as internal_transfer_amount,
        {{ money_sum('true', 'volume_amount') }} as volume_amount,
        {{ money_sum('true', 'book_entry_amount') }} as book_entry_amount,
        {{ money_sum('true', 'inflow_amount - outflow_amount + book_entry_amount') }} as completed_amount,
        {{ money_sum('true', 'abs(original_amount)') }} as original_attempted_amount,
        count(*) filter (where is_without_rate) as without_rate_count
    from source_rows
    group by
        transaction_date,
        {{ dimensions | join(',\n        ') }}
),

final as (
    {% if is_incremental() -%}
    -- a touched day without any row left is to go as well
    select
        touched.transaction_date,
        {%- for column in dimensions + measures %}
        daily.{{ column }},
        {%- endfor %}
        daily.transaction_count is not null as _is_alive
    from touched
    left join daily on touched.transaction_date = daily.transaction_date
    {%- else -%}
    select * from daily
    {%- endif %}
)

select * from final
