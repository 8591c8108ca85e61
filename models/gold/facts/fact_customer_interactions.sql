{{ config(
    materialized='incremental',
    incremental_strategy='touched_keys',
    partition_by={'month': 'interaction_at'},
    unique_key='interaction_id'
) }}

{%- set touched = touched_rows(
    ref('base_customer_interactions'), 'interaction_id', 'interaction_at',
    histories={'customer_id': ref('int_customer_changes')},
    parents=[
        {
            'id': 'product_id',
            'key': 'product_key',
            'base': ref('base_products'),
            'dimension': ref('dim_product'),
        },
        {
            'id': 'branch_id',
            'key': 'branch_location_key',
            'base': ref('base_branch_locations'),
            'dimension': ref('dim_location'),
            'dimension_key': 'location_key',
        },
    ]
) %}

with

{% if is_incremental() -%}
touched as (
    {{ touched }}
),
{%- endif %}

customer_interactions as (
    select * from {{ ref('stg_customer_interactions') }} where not is_deleted
),

{{ import_ctes({
    'dim_customer': ref('dim_customer'),
    'dim_agent': ref('dim_agent'),
    'dim_product': ref('dim_product'),
    'dim_branch': ref('dim_location'),
    'dim_channel': ref('dim_channel'),
}) -}}

source_rows as (
    {{ rows_to_build('customer_interactions', 'interaction_id', 'customer_id') }}
),

final as (
    select
        source_rows.interaction_id,
        {{ version_keys('customer') }},
        coalesce(dim_agent.agent_key, -1) as agent_key,
        coalesce(dim_product.product_key, -1) as product_key,
        coalesce(dim_branch.location_key, -1) as branch_location_key,
        coalesce(dim_channel.channel_key, -1) as channel_key,
        {{ date_key('source_rows.interaction_at') }} as date_key,
        source_rows.customer_id,
        source_rows.agent_id,
        source_rows.product_id,
        source_rows.branch_id,
        source_rows.interaction_at,
        source_rows.interaction_date,
        source_rows.interaction_hour,
        source_rows.channel,
        source_rows.reason,
        source_rows.resolution_status,
        source_rows.is_complaint,
        source_rows.is_resolved,
        source_rows.is_first_contact_resolved,
        source_rows.is_escalated,
        source_rows.duration_minutes,
        source_rows.wait_minutes,
        source_rows.sentiment_score,
        source_rows.satisfaction_rating
        {{- alive_column() }}
    from source_rows
    {{ join_as_of('dim_customer', 'customer_id', 'source_rows.interaction_at') }}
    left join dim_agent on source_rows.agent_id = dim_agent.agent_id
    left join dim_product on source_rows.product_id = dim_product.product_id
    left join dim_branch on source_rows.branch_id = dim_branch.branch_id
    left join dim_channel on source_rows.channel = dim_channel.channel_name
)

select * from final
