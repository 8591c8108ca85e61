{# Few groups of many rows, which PostgreSQL takes for few rows and would sort. #}
{{ config(planner={'enable_sort': 'off', 'enable_incremental_sort': 'off'}) }}

{%- set cell = attempt_cell_columns() %}

with

calendar as (
    select * from {{ ref('int_as_of') }}
),

{{ attempt_deviations(ref('fact_transactions'), ref('dim_customer')) }},

moments as (
    select
        {{ cell | join(', ') }},
        {%- for scale in amount_scales() %}
        {{ scale }}_mean,
        {{ central_moments(scale ~ '_deviation', scale ~ '_') }}{{ ',' if not loop.last }}
        {%- endfor %}
    from deviations
    group by
        {{ cell | join(', ') }},
        {% for scale in amount_scales() %}{{ scale }}_mean{{ ', ' if not loop.last }}{% endfor %}
),

by_scale as (
    select
        {%- for column in cell %}
        moments.{{ column }},
        {%- endfor %}
        scales.amount_scale,
        {%- for measure in ['mean', 'value_count', 'moment_2', 'moment_3', 'moment_4'] %}
        {{ of_amount_scale('moments', measure) }} as {{ measure }}{{ ',' if not loop.last }}
        {%- endfor %}
    from moments
    cross join {{ amount_scale_rows() }} as scales (amount_scale)
),

tested as (
    {{ normality_tests('by_scale') }}
),

judged as (
    select
        tested.*,
        value_count >= {{ var('normality_min_count') }} as is_tested,
        case when value_count >= {{ var('normality_min_count') }} then jarque_bera_p_value end
            as p_value
    from tested
),

adjusted as (
    {{ benjamini_hochberg('judged', 'p_value', ['transaction_type', 'amount_scale']) }}
),

final as (
    select
        {%- for column in cell %}
        adjusted.{{ column }},
        {%- endfor %}
        adjusted.amount_scale,
        adjusted.value_count as attempt_count,
        adjusted.mean as mean_value,
        adjusted.standard_deviation,
        adjusted.skewness,
        adjusted.excess_kurtosis,
        adjusted.is_tested,
        adjusted.jarque_bera_statistic as statistic,
        adjusted.p_value,
        adjusted.q_value,
        calendar.as_of
    from adjusted
    cross join calendar
)

select * from final
