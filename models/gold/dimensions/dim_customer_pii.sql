with

dim_customer as (
    select customer_id, customer_durable_key
    from {{ ref('dim_customer') }}
    where is_current
),

customers as (
    select * from {{ ref('base_customers') }} where not is_deleted and quarantine_rule is null
),

final as (
    select
        dim_customer.customer_durable_key,
        dim_customer.customer_id,
        customers.first_name,
        customers.last_name,
        customers.email,
        customers.phone,
        customers.date_of_birth,
        customers.ssn,
        customers.address,
        customers.home_latitude,
        customers.home_longitude
    from dim_customer
    left join customers on dim_customer.customer_id = customers.customer_id
)

select * from final
