-- Two ways to today's state: where no dated change lies after the last extract of a customer, the
-- current version shows what the latest row of the customer shows. In a build of a past instant a
-- row extracted later than that stands in for the customer: it is no witness of the state then.
with

pin as (
    select * from {{ ref('int_as_of') }}
),

dim_customer as (
    select * from {{ ref('dim_customer') }} where is_current and customer_key <> -1
),

customers as (
    select * from {{ ref('base_customers') }} where quarantine_rule is null
),

feed as (
    select * from {{ ref('int_customer_feed') }}
),

later_changes as (
    select distinct feed.customer_id
    from feed
    inner join customers on feed.customer_id = customers.customer_id
    where
        feed.effective_at > customers._extracted_at
        or feed._extracted_at > customers._extracted_at
)

select
    dim_customer.customer_id,
    dim_customer.customer_segment,
    customers.customer_segment as staged_segment,
    dim_customer.city,
    customers.city as staged_city
from dim_customer
inner join customers on dim_customer.customer_id = customers.customer_id
inner join pin on customers._extracted_at <= pin.as_of
left join later_changes on dim_customer.customer_id = later_changes.customer_id
where later_changes.customer_id is null
    and (
        dim_customer.is_deleted <> customers.is_deleted
        or not customers.is_deleted
        and (
            dim_customer.customer_segment is distinct from customers.customer_segment
            or dim_customer.loyalty_tier is distinct from customers.loyalty_tier
            or dim_customer.risk_segment is distinct from customers.risk_segment
            or dim_customer.city is distinct from customers.city
            or dim_customer.state is distinct from customers.state
            or dim_customer.zip_code is distinct from customers.zip_code
        )
    )
