{# Nearly as many groups as rows: sorting them is less than hashing them. #}
{{ config(planner={'enable_hashagg': 'off'}) }}

with

transactions as (
    select * from {{ ref('fact_transactions') }}
),

scores as (
    select
        fraud_score,
        cast(count(*) as integer) as attempt_count,
        cast(count(*) filter (where is_fraud) as integer) as fraud_count
    from transactions
    where is_customer_initiated
        and fraud_score is not null
        and is_fraud is not null
    group by fraud_score
),

final as (
    select
        fraud_score,
        attempt_count,
        fraud_count,
        cast(sum(attempt_count) over from_the_top as bigint) as flagged_count,
        cast(sum(fraud_count) over from_the_top as bigint) as flagged_fraud_count
    from scores
    window from_the_top as (
        order by fraud_score desc rows between unbounded preceding and current row
    )
)

select * from final
