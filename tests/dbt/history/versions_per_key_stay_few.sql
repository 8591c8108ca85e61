-- Only attributes that rarely change make versions: on average fewer than six a key. More means
-- that a column which moves with every extract has become versioned.
with

dim_customer as (
    select * from {{ ref('dim_customer') }}
),

dim_account as (
    select * from {{ ref('dim_account') }}
),

means as (
    select
        'dim_customer' as dimension,
        {{ ratio('count(*)', 'count(distinct customer_id)') }} as mean_versions
    from dim_customer
    union all
    select
        'dim_account',
        {{ ratio('count(*)', 'count(distinct account_id)') }}
    from dim_account
)

select * from means
where mean_versions >= 6
