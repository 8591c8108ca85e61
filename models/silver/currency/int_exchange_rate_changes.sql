{{ config(materialized='view') }}

with

rates as (
    select * from {{ ref('base_exchange_rates') }}
),

reporting as (
    select * from {{ ref('int_reporting_currency') }}
)

select
    rates.currency,
    rates.rate_date as changed_from,
    rates._changed_batch_id as _batch_id
from rates
inner join reporting on rates.reporting_currency = reporting.reporting_currency
where rates.currency <> reporting.reporting_currency
