{%- set usual_first_day = "cast('" ~ var('calendar_first_day') ~ "' as date)" -%}
{%- set usual_last_day = "cast('" ~ var('calendar_last_day') ~ "' as date)" -%}
{%- set fiscal_start = var('fiscal_year_first_month') -%}
{%- set month_names = [
    'January', 'February', 'March', 'April', 'May', 'June',
    'July', 'August', 'September', 'October', 'November', 'December',
] -%}
{%- set weekday_names = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'] -%}
{#- US federal holidays as the law names them (5 U.S.C. 6103), with the year from which each is
    kept. -#}
{%- set holidays = [
    ["New Year's Day", 'month_number = 1 and day_of_month = 1'],
    [
        'Martin Luther King Jr. Day',
        'month_number = 1 and weekday_number = 1 and day_of_month between 15 and 21'
        ~ ' and year_number >= 1986'
    ],
    [
        "Washington's Birthday",
        'month_number = 2 and weekday_number = 1 and day_of_month between 15 and 21'
    ],
    ['Memorial Day', 'month_number = 5 and weekday_number = 1 and day_of_month >= 25'],
    ['Juneteenth', 'month_number = 6 and day_of_month = 19 and year_number >= 2021'],
    ['Independence Day', 'month_number = 7 and day_of_month = 4'],
    ['Labor Day', 'month_number = 9 and weekday_number = 1 and day_of_month <= 7'],
    ['Columbus Day', 'month_number = 10 and weekday_number = 1 and day_of_month between 8 and 14'],
    ['Veterans Day', 'month_number = 11 and day_of_month = 11'],
    [
        'Thanksgiving Day',
        'month_number = 11 and weekday_number = 4 and day_of_month between 22 and 28'
    ],
    ['Christmas Day', 'month_number = 12 and day_of_month = 25'],
] %}

with

ranges as (
    select
        min(first_day) as first_day,
        max(last_day) as last_day
    from {{ ref('int_calendar_range') }}
),

{# Whole years, and one day more at each end: a New Year's Day on a Saturday is kept on December
   31. -#}
days as (
    select day as date_day
    from {{ date_series(
        "(select "
        ~ add_days("date_trunc('year', least(first_day, " ~ usual_first_day ~ "))", -1)
        ~ " from ranges)",
        "(select "
        ~ add_days(
            add_months("date_trunc('year', greatest(last_day, " ~ usual_last_day ~ "))", 12), 0
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

named as (
    select
        parts.*,
        {{ add_days('date_day', '1 - weekday_number') }} as week_start_date,
        cast(extract(year from {{ add_days('date_day', '4 - weekday_number') }}) as integer) as iso_year,
        case
            {%- for name, rule in holidays %}
            when {{ rule }} then '{{ name | replace("'", "''") }}'
            {%- endfor %}
        end as holiday_name
    from parts
),

observed as (
    select
        case weekday_number
            when 6 then {{ add_days('date_day', -1) }}
            when 7 then {{ add_days('date_day', 1) }}
            else date_day
        end as observed_day,
        holiday_name
    from named
    where holiday_name is not null
),

bounds as (
    select min(date_day) as before_first, max(date_day) as after_last from days
),

calendar as (
    select
        named.*,
        observed.holiday_name as observed_holiday_name,
        mod(named.month_number - {{ fiscal_start }} + 12, 12) + 1 as fiscal_month,
        named.year_number
            + case when {{ fiscal_start }} > 1 and named.month_number >= {{ fiscal_start }} then 1 else 0 end
            as fiscal_year
    from named
    cross join bounds
    left join observed on named.date_day = observed.observed_day
    where named.date_day > bounds.before_first and named.date_day < bounds.after_last
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
        date_day = month_end_date as is_month_end
    from calendar
    union all
    select
        -1, null, null, null, null, 'Unknown', 'Unknown', null, null, null, null, null,
        'Unknown', null, null, null,
        null, null, null, null, null, false, false, false, false, false
)

select * from final
