{# Nearly as many groups as rows: sorting them is half the work of hashing them. #}
{{ config(
    materialized='incremental',
    incremental_strategy='touched_keys',
    partition_by={'month': 'activity_date'},
    unique_key=['account_id', 'activity_date'],
    ordered_by=['account_id', 'activity_date'],
    indexes=[{'columns': ['account_id', 'activity_date'], 'unique': true}],
    planner={'enable_hashagg': 'off'}
) }}

{%- set touched = touched_places(
    ref('base_transactions'), ref('int_transactions_versions'), 'transaction_id',
    {'account_id': 'account_id', 'activity_date': 'cast(transaction_at as date)'}
) %}

with

transactions as (
    select * from {{ ref('stg_transactions') }} where not is_deleted
),

{% if is_incremental() -%}
touched as (
    select distinct
        account_id,
        activity_date
    from (
        {{ touched }}
    ) as places
),
{%- endif %}

source_rows as (
    {% if is_incremental() -%}
    select
        touched.account_id,
        touched.activity_date,
        transactions.transaction_id,
        transactions.is_completed,
        transactions.is_declined,
        transactions.is_book_entry,
        transactions.inflow_amount,
        transactions.outflow_amount,
        transactions.book_entry_amount
    from touched
    left join transactions
        on touched.account_id = transactions.account_id
            and touched.activity_date = cast(transactions.transaction_at as date)
    {%- else -%}
    select
        account_id,
        cast(transaction_at as date) as activity_date,
        transaction_id,
        is_completed,
        is_declined,
        is_book_entry,
        inflow_amount,
        outflow_amount,
        book_entry_amount
    from transactions
    {%- endif %}
),

final as (
    select
        account_id,
        activity_date,
        count(*) filter (where not is_book_entry) as transaction_count,
        count(*) filter (where is_completed and not is_book_entry) as completed_count,
        count(*) filter (where is_declined) as declined_count,
        cast(sum(inflow_amount) as decimal(18, 3)) as inflow_amount,
        cast(sum(outflow_amount) as decimal(18, 3)) as outflow_amount,
        cast(sum(book_entry_amount) as decimal(18, 3)) as book_entry_amount
        {%- if is_incremental() %},
        count(transaction_id) > 0 as _is_alive
        {%- endif %}
    from source_rows
    group by account_id, activity_date
)

select * from final
