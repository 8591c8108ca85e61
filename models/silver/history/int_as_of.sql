{# Refilled in place at each build, never swapped: views read it. #}
{{ config(
    materialized='incremental',
    incremental_strategy='touched_keys',
    unique_key='last_batch_id',
    full_refresh=true
) }}

with

batches as (
    select
        max(batch_id) as last_batch_id,
        max(extracted_at) as last_extracted_at
    from {{ source('bronze_audit', 'load_audit') }}
),

final as (
    select
        {% set requested = var('as_of', none) -%}
        {% if requested -%}
        {% set time = '' if requested | string | length > 10 else ' 23:59:59' -%}
        cast('{{ requested ~ time }}' as timestamp) as as_of,
        {% else -%}
        coalesce(last_extracted_at, cast('2020-01-01' as timestamp)) as as_of,
        {% endif -%}
        coalesce(last_batch_id, 0) as last_batch_id
    from batches
)

select
    as_of,
    cast(as_of as date) as as_of_date,
    last_batch_id
from final
