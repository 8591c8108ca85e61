{{ config(
    materialized='incremental',
    incremental_strategy='touched_keys',
    partition_by={'month': 'engaged_at'},
    unique_key='engagement_id'
) }}

{%- set touched = touched_rows(
    ref('base_digital_engagement'), 'engagement_id', 'engaged_at',
    histories={'customer_id': ref('int_customer_changes')}
) %}

with

{% if is_incremental() -%}
touched as (
    {{ touched }}
),
{%- endif %}

digital_engagement as (
    select * from {{ ref('stg_digital_engagement') }} where not is_deleted
),

{{ import_ctes({'dim_customer': ref('dim_customer')}) -}}

source_rows as (
    {{ rows_to_build('digital_engagement', 'engagement_id', 'customer_id') }}
),

final as (
    select
        source_rows.engagement_id,
        {{ version_keys('customer') }},
        {{ date_key('source_rows.engaged_at') }} as date_key,
        source_rows.customer_id,
        source_rows.engaged_at,
        source_rows.engagement_date,
        source_rows.engagement_hour,
        source_rows.action_type,
        source_rows.device_type,
        source_rows.experiment_id,
        source_rows.experiment_arm,
        source_rows.is_experiment,
        source_rows.is_converted,
        source_rows.session_duration_minutes,
        source_rows.pages_viewed as pages_viewed_count,
        source_rows.actions_taken as actions_taken_count
        {{- alive_column() }}
    from source_rows
    {{ join_as_of('dim_customer', 'customer_id', 'source_rows.engaged_at') }}
)

select * from final
