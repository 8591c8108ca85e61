{{ config(
    materialized='incremental',
    incremental_strategy='touched_keys',
    partition_by={'month': 'event_at'},
    unique_key='event_id'
) }}

{%- set touched = touched_rows(
    ref('base_account_events'), 'event_id', 'event_at',
    histories={
        'customer_id': ref('int_customer_changes'),
        'account_id': ref('int_account_changes'),
    }
) %}

with

{% if is_incremental() -%}
touched as (
    {{ touched }}
),
{%- endif %}

account_events as (
    select * from {{ ref('stg_account_events') }} where not is_deleted
),

{{ import_ctes({
    'dim_customer': ref('dim_customer'),
    'dim_account': ref('dim_account'),
    'dim_channel': ref('dim_channel'),
}) -}}

source_rows as (
    {{ rows_to_build('account_events', 'event_id', 'account_id') }}
),

final as (
    select
        source_rows.event_id,
        {{ version_keys('customer') }},
        {{ version_keys('account') }},
        coalesce(dim_channel.channel_key, -1) as channel_key,
        {{ date_key('source_rows.event_at') }} as date_key,
        source_rows.customer_id,
        source_rows.account_id,
        source_rows.event_at,
        source_rows.event_date,
        source_rows.event_category,
        source_rows.event_type,
        source_rows.attribute,
        {{ shown_value('source_rows.old_value', 'source_rows.attribute') }} as old_value,
        {{ shown_value('source_rows.new_value', 'source_rows.attribute') }} as new_value,
        {{ named_cause('source_rows.triggered_by') }} as triggered_by,
        source_rows.channel,
        source_rows.approval_status
        {{- alive_column() }}
    from source_rows
    {{ join_as_of('dim_customer', 'customer_id', 'source_rows.event_at') }}
    {{ join_as_of('dim_account', 'account_id', 'source_rows.event_at') }}
    left join dim_channel on source_rows.channel = dim_channel.channel_name
)

select * from final
