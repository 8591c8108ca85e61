{{ config(
    materialized='incremental',
    incremental_strategy='touched_keys',
    unique_key=['account_id', '_batch_id'],
    post_hook='{{ refresh_statistics() }}',
    indexes=[{'columns': ['account_id']}, {'columns': ['_batch_id']}]
) }}

with

account_versions as (
    select account_id, customer_id, is_deleted, _batch_id, _extracted_at
    from {{ ref('int_account_versions') }}
),

standing_versions as (
    select account_id, customer_id, _batch_id, _extracted_at
    from {{ ref('int_account_versions') }}
),

versions_before as (
    select account_id, customer_id, _batch_id, _extracted_at
    from {{ ref('int_account_versions') }}
    where not is_deleted
),

feed as (
    select feed_id, _batch_id from {{ ref('int_account_feed') }}
),

feed_places as (
    select feed_id, account_id, effective_at, _batch_id from {{ ref('int_account_feed') }}
),

customer_feed as (
    select account_id, customer_id, effective_at, _batch_id from {{ ref('int_account_feed') }}
),

{# One import for each use: a CTE that is used twice would be read whole, again and again. #}
{%- for use in ['versions', 'standing_versions', 'versions_before', 'feed'] %}
customers_of_{{ use }} as (
    select customer_id, _first_batch_id, _changed_batch_id
    from {{ ref('base_customers') }}
    where _first_batch_id is not null
),

{% endfor -%}
{# A version of an account is a statement from the batch on in which its customer has arrived; a
   delete at once. -#}
versions as (
    select
        account_versions.account_id,
        greatest(account_versions._batch_id, coalesce(customers_of_versions._first_batch_id, -1))
            as _statement_batch_id,
        account_versions._extracted_at
    from account_versions
    left join customers_of_versions
        on account_versions.customer_id = customers_of_versions.customer_id
    where account_versions._batch_id > {{ last_built_batch() }}
        and (account_versions.is_deleted or customers_of_versions.customer_id is not null)
    union all
    select
        standing_versions.account_id,
        customers_of_standing_versions._first_batch_id,
        standing_versions._extracted_at
    from standing_versions
    inner join customers_of_standing_versions
        on standing_versions.customer_id = customers_of_standing_versions.customer_id
    where customers_of_standing_versions._first_batch_id > {{ last_built_batch() }}
        and customers_of_standing_versions._changed_batch_id > {{ last_built_batch() }}
        and customers_of_standing_versions._first_batch_id > standing_versions._batch_id
),

known_versions as (
    select
        versions_before.account_id,
        greatest(versions_before._batch_id, customers_of_versions_before._first_batch_id)
            as _statement_batch_id,
        versions_before._extracted_at
    from versions_before
    inner join customers_of_versions_before
        on versions_before.customer_id = customers_of_versions_before.customer_id
),

waiting_feed as (
    select
        customer_feed.account_id,
        customer_feed.effective_at,
        customer_feed._batch_id,
        customers_of_feed._first_batch_id as _parent_batch_id
    from customer_feed
    inner join customers_of_feed on customer_feed.customer_id = customers_of_feed.customer_id
    where customers_of_feed._first_batch_id > customer_feed._batch_id
        and customers_of_feed._changed_batch_id > {{ last_built_batch() }}
),

{{ scd2_changes('account_id', waits_for_parent=true) }}

select * from final
