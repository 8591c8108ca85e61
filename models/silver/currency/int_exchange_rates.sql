{{ config(indexes=[{'columns': ['currency', 'rate_date'], 'unique': true}]) }}

{%- set max_age_days = var('exchange_rate_max_age_days') | int %}

with

quotes as (
    select * from {{ ref('stg_exchange_rates') }} where not is_deleted
),

reporting as (
    select * from {{ ref('int_reporting_currency') }}
),

-- A rate holds until the next one, but not when it has grown too old.
spans as (
    select
        quotes.currency,
        quotes.rate as exchange_rate,
        quotes.rate_date as quoted_date,
        {{ add_days('quotes.rate_date', max_age_days) }} as last_date,
        {{ add_days(
            'lead(quotes.rate_date) over (partition by quotes.currency order by quotes.rate_date)', -1
        ) }} as replaced_date
    from quotes
    inner join reporting on quotes.reporting_currency = reporting.reporting_currency
    where quotes.currency <> reporting.reporting_currency
),

final as (
    select
        spans.currency,
        days.day as rate_date,
        spans.exchange_rate,
        spans.quoted_date
    from spans
    cross join lateral
        {{ date_series('spans.quoted_date', 'least(spans.last_date, spans.replaced_date)') }} as days
)

select * from final
