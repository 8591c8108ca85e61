with

calendar as (
    select as_of_date from {{ ref('int_as_of') }}
),

anchors as (
    select * from {{ ref('int_account_balance_anchors') }}
),

closures as (
    select * from {{ ref('int_account_closures') }}
),

reopenings as (
    select * from {{ ref('int_account_closures') }} where reopened_date is not null
),

steps as (
    select
        anchors.customer_id,
        anchors.open_date as step_date,
        1 as step
    from anchors
    cross join calendar
    where anchors.open_date <= calendar.as_of_date
    union all
    select
        customer_id,
        closed_date as step_date,
        -1 as step
    from closures
    union all
    select
        customer_id,
        reopened_date as step_date,
        1 as step
    from reopenings
),

days as (
    select
        customer_id,
        step_date,
        sum(step) as net_step
    from steps
    group by customer_id, step_date
),

running as (
    select
        customer_id,
        step_date,
        sum(net_step) over (
            partition by customer_id
            order by step_date
            rows between unbounded preceding and current row
        ) as open_account_count,
        lead(step_date) over (partition by customer_id order by step_date) as next_step_date
    from days
),

-- Where no account is left, the next step is one that opens another.
final as (
    select
        customer_id,
        step_date as left_date,
        next_step_date as returned_date
    from running
    where open_account_count = 0
)

select * from final
