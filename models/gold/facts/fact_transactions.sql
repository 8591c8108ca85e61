{{ config(
    materialized='incremental',
    incremental_strategy='touched_keys',
    partition_by={'month': 'transaction_at'},
    unique_key='transaction_id'
) }}

{%- set touched = touched_rows(
    ref('base_transactions'), 'transaction_id', 'transaction_at',
    histories={
        'customer_id': ref('int_customer_changes'),
        'account_id': ref('int_account_changes'),
    },
    parents=[
        {'id': 'merchant_id', 'key': 'merchant_key', 'base': ref('base_merchants'), 'dimension': ref('dim_merchant')},
        {'id': 'product_id', 'key': 'product_key', 'base': ref('base_products'), 'dimension': ref('dim_product')},
        {
            'id': 'branch_id', 'key': 'branch_location_key', 'base': ref('base_branch_locations'),
            'dimension': ref('dim_location'), 'dimension_key': 'location_key',
        },
        {
            'id': 'atm_id', 'key': 'atm_location_key', 'base': ref('base_atm_locations'),
            'dimension': ref('dim_location'), 'dimension_key': 'location_key',
        },
    ]
) %}
{%- set touched_days = touched_customer_days() -%}
{%- set touched_by_currency = touched_by_currency('transaction_id', ['transaction_date'], account=false) %}

with

{% if is_incremental() -%}
touched_days as (
    select distinct
        customer_id,
        activity_date
    from ({{ touched_days }}) as places
),

touched as (
    {{ touched }}
    {{ touched_by_currency }}
    -- a transfer that has found its other leg, or lost it
    union
    select own_transfers.transaction_id
    from touched_days
    inner join (select * from {{ ref('int_own_account_transfers') }}) as own_transfers
        on touched_days.customer_id = own_transfers.customer_id
            and touched_days.activity_date = own_transfers.transfer_date
    union
    select built.transaction_id
    from touched_days
    inner join {{ this }} as built
        on touched_days.customer_id = built.customer_id
            and cast(touched_days.activity_date as timestamp) <= built.transaction_at
            and {{ end_of_day('touched_days.activity_date') }} >= built.transaction_at
    where built.is_internal_transfer
),
{%- endif %}

transactions as (
    select * from {{ ref('stg_transactions') }} where not is_deleted
),

{{ import_ctes({
    'dim_customer': ref('dim_customer'),
    'dim_account': ref('dim_account'),
    'dim_product': ref('dim_product'),
    'dim_merchant': ref('dim_merchant'),
    'dim_branch': ref('dim_location'),
    'dim_atm': ref('dim_location'),
    'dim_channel': ref('dim_channel'),
    'own_transfers': ref('int_own_account_transfers'),
    'reporting': ref('int_reporting_currency'),
    'rates': ref('int_exchange_rates'),
}) -}}

to_build as (
    {{ rows_to_build('transactions', 'transaction_id', 'account_id') }}
),

source_rows as (
    select
        to_build.*,
        {{ exchange_rate('to_build.currency') }} as exchange_rate
    from to_build
    cross join reporting
    {{ join_rates('to_build.currency', 'to_build.transaction_date') }}
),

final as (
    select
        source_rows.transaction_id,
        {{ version_keys('customer') }},
        {{ version_keys('account') }},
        coalesce(dim_product.product_key, -1) as product_key,
        coalesce(dim_merchant.merchant_key, -1) as merchant_key,
        coalesce(dim_branch.location_key, -1) as branch_location_key,
        coalesce(dim_atm.location_key, -1) as atm_location_key,
        coalesce(dim_channel.channel_key, -1) as channel_key,
        {{ date_key('source_rows.transaction_at') }} as date_key,
        source_rows.customer_id,
        source_rows.account_id,
        dim_account.product_id,
        source_rows.merchant_id,
        source_rows.branch_id,
        source_rows.atm_id,
        source_rows.transaction_at,
        source_rows.transaction_date,
        source_rows.transaction_hour,
        source_rows.transaction_type,
        source_rows.channel,
        source_rows.status,
        source_rows.decline_reason,
        source_rows.merchant_category,
        source_rows.mcc_code,
        source_rows.currency,
        source_rows.amount_band,
        source_rows.location_city,
        source_rows.location_state,
        source_rows.location_country,
        source_rows.is_night,
        source_rows.is_completed,
        source_rows.is_declined,
        source_rows.is_customer_initiated,
        source_rows.is_book_entry,
        own_transfers.transaction_id is not null as is_internal_transfer,
        source_rows.is_completed
        and not source_rows.is_book_entry
        and coalesce(own_transfers.is_paying_leg, true) as is_movement,
        source_rows.is_international,
        source_rows.is_recurring,
        source_rows.is_fraud,
        source_rows.exchange_rate is null as is_without_rate,
        source_rows.exchange_rate,
        source_rows.amount as original_amount,
        {{ in_reporting_currency('source_rows.amount') }} as amount,
        {{ in_reporting_currency('source_rows.completed_amount') }} as completed_amount,
        {{ in_reporting_currency('source_rows.inflow_amount') }} as inflow_amount,
        {{ in_reporting_currency('source_rows.outflow_amount') }} as outflow_amount,
        {{ in_reporting_currency('source_rows.book_entry_amount') }} as book_entry_amount,
        case
            when coalesce(own_transfers.is_paying_leg, true)
                then {{ in_reporting_currency('(source_rows.inflow_amount + source_rows.outflow_amount)') }}
            else 0
        end as volume_amount,
        source_rows.fraud_score,
        source_rows.merchant_risk_score,
        source_rows.amount_deviation_score,
        source_rows.distance_from_home_km,
        source_rows.velocity_24h as velocity_24h_count,
        source_rows.processing_time_ms
        {{- alive_column() }}
    from source_rows
    {{ join_as_of('dim_customer', 'customer_id', 'source_rows.transaction_at') }}
    {{ join_as_of('dim_account', 'account_id', 'source_rows.transaction_at') }}
    left join dim_product on dim_account.product_id = dim_product.product_id
    left join dim_merchant on source_rows.merchant_id = dim_merchant.merchant_id
    left join dim_branch on source_rows.branch_id = dim_branch.branch_id
    left join dim_atm on source_rows.atm_id = dim_atm.atm_id
    left join dim_channel on source_rows.channel = dim_channel.channel_name
    left join own_transfers on source_rows.transaction_id = own_transfers.transaction_id
)

select * from final
