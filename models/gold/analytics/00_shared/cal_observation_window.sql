with

transactions as (
    select * from {{ ref('fact_transactions') }}
),

sessions as (
    select * from {{ ref('fact_digital_engagement') }}
),

contacts as (
    select * from {{ ref('fact_customer_interactions') }}
),

calendar as (
    select * from {{ ref('int_as_of') }}
),

first_days as (
    select min(transaction_date) as first_date from transactions
    union all
    select min(engagement_date) as first_date from sessions
    union all
    select min(interaction_date) as first_date from contacts
),

observed as (
    select min(first_date) as first_date from first_days
),

whole_months as (
    select
        observed.first_date,
        case
            when observed.first_date = {{ month_start('observed.first_date') }} then observed.first_date
            else {{ add_months(month_start('observed.first_date'), 1) }}
        end as first_month,
        case
            when calendar.as_of_date = {{ month_end('calendar.as_of_date') }}
                then {{ month_start('calendar.as_of_date') }}
            else {{ add_months(month_start('calendar.as_of_date'), -1) }}
        end as last_month,
        calendar.as_of
    from observed
    cross join calendar
),

final as (
    select
        first_date as first_activity_date,
        first_month,
        last_month,
        case
            when {{ months_between_starts('first_month', 'last_month') }} >= 11
                then {{ add_months('last_month', -11) }}
        end as cohort_month,
        as_of
    from whole_months
)

select * from final
