with

transactions as (
    select * from {{ ref('fact_transactions') }}
),

final as (
    select
        channel,
        coalesce(customer_id, 'Unknown') as customer_id,
        count(*) as attempt_count,
        count(*) filter (where status <> 'Pending') as decided_attempt_count,
        count(*) filter (where status = 'Declined') as declined_count,
        count(*) filter (where is_fraud) as fraud_count
    from transactions
    where is_customer_initiated
    group by channel, coalesce(customer_id, 'Unknown')
)

select * from final
