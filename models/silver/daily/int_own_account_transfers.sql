{{ config(
    materialized='incremental',
    incremental_strategy='touched_keys',
    partition_by={'month': 'transfer_date'},
    unique_key='transaction_id',
    indexes=[
        {'columns': ['transaction_id'], 'unique': true},
        {'columns': ['customer_id', 'transfer_date']}
    ]
) }}

{%- set touched_days = touched_customer_days() %}

with

transactions as (
    select * from {{ ref('stg_transactions') }} where not is_deleted
),

{% if is_incremental() -%}
touched as (
    select distinct
        customer_id,
        activity_date
    from ({{ touched_days }}) as places
),

{# The month is there for the index. -#}
moves as (
    select transactions.*
    from touched
    inner join transactions
        on {{ month_start('touched.activity_date') }} = {{ month_start('transactions.transaction_at') }}
            and touched.customer_id = transactions.customer_id
            and touched.activity_date = transactions.transaction_date
    where transactions.is_completed and transactions.transaction_type in ('Transfer', 'Payment')
),
{%- else -%}
moves as (
    select *
    from transactions
    where is_completed and transaction_type in ('Transfer', 'Payment')
),
{%- endif %}

-- The first debit of an amount goes with the first credit of it, the second with the second.
numbered as (
    select
        transaction_id,
        customer_id,
        account_id,
        transaction_date as transfer_date,
        currency,
        abs(amount) as moved_amount,
        case when amount < 0 then 1 else 0 end as is_debit,
        row_number() over (
            partition by
                customer_id,
                transaction_date,
                currency,
                abs(amount),
                case when amount < 0 then 1 else 0 end
            order by transaction_at, transaction_id
        ) as leg_number
    from moves
    where amount <> 0
),

debits as (
    select * from numbered where is_debit = 1
),

credits as (
    select * from numbered where is_debit = 0
),

pairs as (
    select
        debits.transaction_id as paying_id,
        credits.transaction_id as receiving_id,
        debits.customer_id,
        debits.transfer_date
    from debits
    inner join credits
        on debits.customer_id = credits.customer_id
            and debits.transfer_date = credits.transfer_date
            and debits.currency = credits.currency
            and debits.moved_amount = credits.moved_amount
            and debits.leg_number = credits.leg_number
            and debits.account_id <> credits.account_id
),

legs as (
    select
        paying_id as transaction_id,
        receiving_id as other_transaction_id,
        customer_id,
        transfer_date,
        true as is_paying_leg
    from pairs
    union all
    select
        receiving_id as transaction_id,
        paying_id as other_transaction_id,
        customer_id,
        transfer_date,
        false as is_paying_leg
    from pairs
),

{% if is_incremental() -%}
standing as (
    select built.transaction_id
    from touched
    inner join {{ this }} as built
        on touched.customer_id = built.customer_id
            and touched.activity_date = built.transfer_date
),

-- A leg that lost its other one goes.
final as (
    select
        coalesce(legs.transaction_id, standing.transaction_id) as transaction_id,
        legs.other_transaction_id,
        legs.customer_id,
        legs.transfer_date,
        legs.is_paying_leg,
        legs.transaction_id is not null as _is_alive
    from legs
    full join standing on legs.transaction_id = standing.transaction_id
)
{%- else -%}
final as (
    select * from legs
)
{%- endif %}

select * from final
