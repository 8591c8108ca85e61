-- A customer with a good row is in dim_customer, and nobody else; deleted ones stay.
with

dim_customer as (
    select distinct customer_id from {{ ref('dim_customer') }} where customer_key <> -1
),

versions as (
    select distinct customer_id from {{ ref('int_customer_versions') }} where not is_deleted
)

select
    versions.customer_id as expected,
    dim_customer.customer_id as found
from versions
full join dim_customer on versions.customer_id = dim_customer.customer_id
where versions.customer_id is null or dim_customer.customer_id is null
