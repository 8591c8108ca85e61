{{ config(
    materialized='incremental',
    incremental_strategy='touched_keys',
    unique_key=['customer_id', '_batch_id'],
    post_hook='{{ refresh_statistics() }}',
    indexes=[{'columns': ['customer_id']}, {'columns': ['_batch_id']}]
) }}

with

versions as (
    select customer_id, _batch_id as _statement_batch_id, _extracted_at
    from {{ ref('int_customer_versions') }}
),

known_versions as (
    select customer_id, _batch_id as _statement_batch_id, _extracted_at
    from {{ ref('int_customer_versions') }}
    where not is_deleted
),

feed as (
    select feed_id, _batch_id from {{ ref('int_customer_feed') }}
),

feed_places as (
    select feed_id, customer_id, effective_at, _batch_id from {{ ref('int_customer_feed') }}
),

{{ scd2_changes('customer_id') }}

select * from final
