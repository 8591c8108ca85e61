-- A day names the publication that held at its beginning, whenever that one arrived.
with

dates as (
    select * from {{ ref('dim_date') }} where date_key <> -1
),

indicators as (
    select * from {{ ref('dim_economic_indicators') }}
)

select
    dates.date_day,
    dates.economic_indicator_key,
    indicators.economic_indicator_key as key_in_force
from dates
left join indicators
    on cast(dates.date_day as timestamp) >= indicators.valid_from
        and cast(dates.date_day as timestamp) < indicators.valid_to
where dates.economic_indicator_key <> coalesce(indicators.economic_indicator_key, 0)
