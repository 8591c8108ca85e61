{#- How each measure moves: rates by their difference, levels by their growth. -#}
{%- set rates = [
    'gdp_growth_rate', 'unemployment_rate', 'inflation_rate', 'federal_funds_rate', 'prime_rate',
    'treasury_10y_rate', 'mortgage_30y_rate',
] -%}
{%- set levels = [
    'sp500_index', 'bond_index', 'vix_index', 'consumer_confidence_index', 'housing_price_index',
] -%}
{%- set by_day = 'over (order by indicator_date)' %}

with

members as (
    {{ known_members('economic_indicators') }}
),

-- What the source has taken back, or has never given well, holds on no day.
published as (
    select * from members where not is_deleted and not is_inferred
),

compared as (
    select
        published.*,
        cast(indicator_date as timestamp) as valid_from,
        lead(cast(indicator_date as timestamp)) {{ by_day }} as next_valid_from,
        {%- for measure in rates + levels %}
        lag({{ measure }}) {{ by_day }} as previous_{{ measure }}{{ ',' if not loop.last }}
        {%- endfor %}
    from published
),

beginning as (
    select min(valid_from) as first_valid_from from compared
),

final as (
    select
        {{ surrogate_key(['indicator_date']) }} as economic_indicator_key,
        indicator_date,
        {{ date_key('indicator_date') }} as date_key,
        valid_from,
        coalesce(next_valid_from, cast('9999-12-31' as timestamp)) as valid_to,
        next_valid_from is null as is_current,
        {%- for measure in rates + levels %}
        {{ measure }},
        {%- endfor %}
        treasury_10y_rate - federal_funds_rate as yield_curve_spread_rate,
        treasury_10y_rate < federal_funds_rate as is_yield_curve_inverted,
        coalesce({{ band('federal_funds_rate', 'federal_funds_rate') }}, 'Unknown') as rate_level_band,
        coalesce({{ band('inflation_rate', 'inflation') }}, 'Unknown') as inflation_band,
        coalesce({{ band('unemployment_rate', 'unemployment') }}, 'Unknown') as unemployment_band,
        coalesce({{ band('vix_index', 'volatility') }}, 'Unknown') as volatility_band,
        {%- for measure in rates %}
        {{ measure }} - previous_{{ measure }} as {{ measure }}_change,
        {%- endfor %}
        {%- for measure in levels %}
        {{ ratio(measure ~ ' - previous_' ~ measure, 'previous_' ~ measure) }}
            as {{ measure }}_change_rate{{ ',' if not loop.last }}
        {%- endfor %}
    from compared
    union all
    select
        -1, null, -1, cast('1900-01-01' as timestamp),
        coalesce(first_valid_from, cast('9999-12-31' as timestamp)), first_valid_from is null,
        {%- for measure in rates + levels %} null,{% endfor %}
        null, null, 'Unknown', 'Unknown', 'Unknown', 'Unknown',
        {%- for measure in rates + levels %} null{{ ',' if not loop.last }}{% endfor %}
    from beginning
)

select * from final
