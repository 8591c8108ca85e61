-- An account with a good row whose customer has arrived is in dim_account, and no other one.
with

dim_account as (
    select distinct account_id from {{ ref('dim_account') }} where account_key <> -1
),

customers as (
    select customer_id from {{ ref('base_customers') }} where _first_batch_id is not null
),

all_versions as (
    select * from {{ ref('int_account_versions') }}
),

versions as (
    select distinct all_versions.account_id
    from all_versions
    inner join customers on all_versions.customer_id = customers.customer_id
    where not all_versions.is_deleted
)

select
    versions.account_id as expected,
    dim_account.account_id as found
from versions
full join dim_account on versions.account_id = dim_account.account_id
where versions.account_id is null or dim_account.account_id is null
