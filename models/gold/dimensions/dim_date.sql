{%- set usual_first_day = "cast('" ~ var('calendar_first_day') ~ "' as date)" -%}
{%- set usual_last_day = "cast('" ~ var('calendar_last_day') ~ "' as date)" -%}
{%- set fiscal_start = var('fiscal_year_first_month') -%}
{%- set month_names = [
    'January', 'February', 'March', 'April', 'May', 'June',
    'July', 'August', 'September', 'October', 'November', 'December',
] -%}
{%- set weekday_names = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'] %}

with

ranges as (
    select
        min(first_day) as first_day,
        max(last_day) as last_day
    from {{ ref('int_calendar_range') }}
),

-- Whole years.
days as (
    select day as date_day
    from {{ date_series(
        "(select cast(date_trunc('year', least(first_day, " ~ usual_first_day ~ ")) as date)"
        ~ " from ranges)",
        "(select "
        ~ add_days(
            add_months("date_trunc('year', greatest(last_day, " ~ usual_last_day ~ "))", 12), -1
        )
        ~ " from ranges)"
    ) }} as series
),

parts as (
    select
        date_day,
        cast(extract(year from date_day) as integer) as year_number,
        cast(extract(quarter from date_day) as integer) as quarter_number,
        cast(extract(month from date_day) as integer) as month_number,
        cast(extract(day from date_day) as integer) as day_of_month,
        cast(extract(doy from date_day) as integer) as day_of_year,
        cast(extract(week from date_day) as integer) as iso_week,
        {{ iso_weekday('date_day') }} as weekday_number,
        {{ month_start('date_day') }} as month_start_date,
        {{ month_end('date_day') }} as month_end_date
    from days
),

holidays as (
    select * from {{ ref('ref_us_holidays') }}
),

indicators as (
    select * from {{ ref('dim_economic_indicators') }}
),

calendar as (
    select
        parts.*,
        {{ add_days('parts.date_day', '1 - parts.weekday_number') }} as week_start_date,
        cast(
            extract(year from {{ add_days('parts.date_day', '4 - parts.weekday_number') }}) as integer
        ) as iso_year,
        holidays.holiday_name,
        observed.holiday_name as observed_holiday_name,
        -- The last publication by then: an indicator's row holds from its day on.
        max(indicators.indicator_date) over (
            order by parts.date_day rows between unbounded preceding and current row
        ) as indicator_date,
        mod(parts.month_number - {{ fiscal_start }} + 12, 12) + 1 as fiscal_month,
        parts.year_number
            + case when {{ fiscal_start }} > 1 and parts.month_number >= {{ fiscal_start }} then 1 else 0 end
            as fiscal_year
    from parts
    left join holidays on parts.date_day = holidays.holiday_date
    left join holidays as observed on parts.date_day = observed.observed_date
    left join indicators on parts.date_day = indicators.indicator_date
),

final as (
    select
        {{ date_key('date_day') }} as date_key,
        date_day,
        year_number,
        quarter_number,
        month_number,
        case month_number
            {%- for name in month_names %}
            when {{ loop.index }} then '{{ name }}'
            {%- endfor %}
        end as month_name,
        cast(year_number as {{ text_type() }})
        || '-'
        || lpad(cast(month_number as {{ text_type() }}), 2, '0') as year_month,
        month_start_date,
        month_end_date,
        day_of_month,
        day_of_year,
        weekday_number,
        case weekday_number
            {%- for name in weekday_names %}
            when {{ loop.index }} then '{{ name }}'
            {%- endfor %}
        end as weekday_name,
        week_start_date,
        iso_year,
        iso_week,
        fiscal_year,
        case
            when fiscal_month <= 3 then 1
            when fiscal_month <= 6 then 2
            when fiscal_month <= 9 then 3
            else 4
        end as fiscal_quarter,
        fiscal_month,
        holiday_name,
        observed_holiday_name,
        weekday_number >= 6 as is_weekend,
        holiday_name is not null as is_holiday,
        observed_holiday_name is not null as is_observed_holiday,
        weekday_number <= 5 and observed_holiday_name is null as is_business_day,
        date_day = month_end_date as is_month_end,
        coalesce(indicators.economic_indicator_key, -1) as economic_indicator_key
    from calendar
    left join indicators on calendar.indicator_date = indicators.indicator_date
    union all
    select
        -1, null, null, null, null, 'Unknown', 'Unknown', null, null, null, null, null,
        'Unknown', null, null, null,
        null, null, null, null, null, false, false, false, false, false, -1
)

select * from final
