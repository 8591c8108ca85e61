{{ config(
    materialized='incremental',
    incremental_strategy='touched_keys',
    partition_by={'value': '_batch_id'},
    unique_key=['account_id', '_batch_id'],
    post_hook='{{ refresh_statistics() }}',
    indexes=[{'columns': ['_batch_id', 'account_id'], 'unique': true}]
) }}

{%- set last_built = last_built_batch() -%}
{%- set touched_days = touched_account_days() -%}
{%- set openings = ref('int_account_openings') -%}
{%- set anchors = ref('int_account_balance_anchors') -%}
{%- set account_versions = ref('int_account_versions') -%}
{%- set account_feed = ref('int_account_feed') -%}
{%- set account_changes = ref('int_account_changes') -%}
{%- set customer_changes = ref('int_customer_changes') -%}
{%- set accounts_of_changed_rates = accounts_of_changed_rates() -%}
{%- set base_products = ref('base_products') -%}
{%- set product_categories = ref('int_product_categories') %}

with

accounts as (
    select * from {{ ref('base_accounts') }}
),

{% if is_incremental() -%}
anchors as (
    select * from {{ anchors }}
),

owners as (
    select * from {{ anchors }}
),

account_versions as (
    select * from {{ account_versions }} where not is_deleted
),

changed_accounts as (
    select account_id from accounts where _changed_batch_id > {{ last_built }}
),

{# Another owner, day of opening or currency, or no good account any more: all of its days; else all
   from a closing on which it has or once had. -#}
changed_states as (
    select
        changed_accounts.account_id,
        case
            when anchors.account_id is null
                or min(account_versions.customer_id) <> max(account_versions.customer_id)
                or min(account_versions.open_date) <> max(account_versions.open_date)
                or min(account_versions.currency) <> max(account_versions.currency)
                then cast('1900-01-01' as date)
            else coalesce(min(account_versions.close_date), cast('9999-12-31' as date))
        end as touched_from
    from changed_accounts
    left join anchors on changed_accounts.account_id = anchors.account_id
    left join account_versions on changed_accounts.account_id = account_versions.account_id
    group by changed_accounts.account_id, anchors.account_id
),

-- Those that have arrived, and those whose category, by which balances are told apart, is (or was)
-- another one.
new_products as (
    select product_id from {{ base_products }} where _first_batch_id > {{ last_built }}
    union
    select product_id
    from {{ product_categories }}
    group by product_id
    having count(*) > 1 and max(_batch_id) > {{ last_built }}
),

touched_dates as (
    select
        account_id,
        activity_date as touched_from
    from ({{ touched_days }}) as touched_days
    union all
    select
        account_id,
        touched_from
    from changed_states
    union all
    -- all of its balances have shifted
    select
        account_id,
        cast('1900-01-01' as date) as touched_from
    from {{ openings }}
    where _shifted_batch_id > {{ last_built }}
    union all
    select
        account_id,
        cast(changed_from as date) as touched_from
    from {{ account_changes }}
    where _batch_id > {{ last_built }}
    union all
    select
        owners.account_id,
        cast(changes.changed_from as date) as touched_from
    from (select * from {{ customer_changes }}) as changes
    inner join owners on changes.customer_id = owners.customer_id
    where changes._batch_id > {{ last_built }}
    union all
    -- what a balance is worth from then on
    select
        account_id,
        changed_from as touched_from
    from ({{ accounts_of_changed_rates }}) as accounts_of_changed_rates
    {%- for source, column in [
        (account_versions, 'product_id'),
        (account_feed, 'product_id'),
        (account_feed, 'previous_product_id'),
    ] %}
    union all
    -- an account may have named a product before it arrived
    select
        named.account_id,
        cast('1900-01-01' as date) as touched_from
    from (select account_id, {{ column }} as product_id from {{ source }}) as named
    inner join new_products on named.product_id = new_products.product_id
    {%- endfor %}
),

final as (
    {{ earliest_touched('account_id', 'touched_dates') }}
)
{%- else -%}
final as (
    {{ all_touched('account_id', 'accounts') }}
)
{%- endif %}

select * from final
