with

calendar as (
    select * from {{ ref('int_as_of') }}
),

{{ lifetime_values(ref('pop_customer_periods')) }},

-- The population once as a whole and once by segment.
grouped as (
    select
        'All' as customer_segment,
        value_scale,
        lifetime_value,
        customer_id
    from lifetime_values
    union all
    select
        customer_segment,
        value_scale,
        lifetime_value,
        customer_id
    from lifetime_values
),

placed as (
    select
        grouped.*,
        count(*) over (partition by customer_segment, value_scale) as customer_count,
        row_number() over (
            partition by customer_segment, value_scale order by lifetime_value desc, customer_id asc
        ) as place_from_top,
        row_number() over (
            partition by customer_segment, value_scale order by lifetime_value asc, customer_id desc
        ) as place_from_bottom
    from grouped
),

counted as (
    select
        placed.*,
        cast(floor(customer_count * {{ var('clv_winsorised_share') }}) as integer) as pulled_in_count
    from placed
),

-- The highest are pulled in to the highest of the others, as many of the lowest to the lowest.
bounded as (
    select
        counted.*,
        max(case when place_from_top > pulled_in_count then lifetime_value end) over (
            partition by customer_segment, value_scale
        ) as winsorised_bound,
        min(case when place_from_bottom > pulled_in_count then lifetime_value end) over (
            partition by customer_segment, value_scale
        ) as winsorised_low_bound
    from counted
),

means as (
    select
        customer_segment,
        value_scale,
        pulled_in_count,
        winsorised_bound,
        winsorised_low_bound,
        avg({{ f8('lifetime_value') }}) as mean,
        avg({{ f8('greatest(least(lifetime_value, winsorised_bound), winsorised_low_bound)') }})
            as winsorised_mean,
        min(lifetime_value) as minimum_value,
        percentile_cont(0.5) within group (order by lifetime_value) as median_value,
        max(lifetime_value) as maximum_value
    from bounded
    group by
        customer_segment,
        value_scale,
        pulled_in_count,
        winsorised_bound,
        winsorised_low_bound
),

deviations as (
    select
        means.*,
        bounded.lifetime_value - means.mean as deviation,
        greatest(
            least(bounded.lifetime_value, means.winsorised_bound), means.winsorised_low_bound
        ) - means.winsorised_mean as winsorised_deviation
    from bounded
    inner join means
        on bounded.customer_segment = means.customer_segment
            and bounded.value_scale = means.value_scale
),

moments as (
    select
        customer_segment,
        value_scale,
        pulled_in_count,
        winsorised_bound,
        winsorised_low_bound,
        mean,
        winsorised_mean,
        minimum_value,
        median_value,
        maximum_value,
        sum(winsorised_deviation * winsorised_deviation) as winsorised_squares,
        {{ central_moments('deviation') }}
    from deviations
    group by
        customer_segment,
        value_scale,
        pulled_in_count,
        winsorised_bound,
        winsorised_low_bound,
        mean,
        winsorised_mean,
        minimum_value,
        median_value,
        maximum_value
),

tested as (
    {{ normality_tests('moments') }}
),

-- Those pulled in tell nothing of their own (Dixon and Tukey, Technometrics 10 (1968)).
with_errors as (
    select
        tested.*,
        {{ ratio('standard_deviation', 'sqrt(abs(value_count))') }} as standard_error,
        value_count - 1 as degrees_of_freedom,
        sqrt(abs({{ ratio('winsorised_squares', 'value_count - 1') }}))
            * {{ ratio('value_count - 1', 'sqrt(abs(value_count)) * (value_count - 2 * pulled_in_count - 1)') }}
            as winsorised_standard_error,
        value_count - 2 * pulled_in_count - 1 as winsorised_degrees_of_freedom
    from tested
),

with_reach as (
    select
        with_errors.*,
        standard_error
            * {{ stats_schema() }}.t_quantile(1 - 0.5e0 * {{ var('alpha') }}, degrees_of_freedom)
            as reach,
        winsorised_standard_error * {{ stats_schema() }}.t_quantile(
            1 - 0.5e0 * {{ var('alpha') }}, winsorised_degrees_of_freedom
        ) as winsorised_reach
    from with_errors
),

final as (
    select
        with_reach.customer_segment,
        cast(row_number() over (
            partition by with_reach.value_scale
            order by
                case
                    when with_reach.customer_segment = 'All' then 0
                    {%- for segment in listed('customer_segments') %}
                    when with_reach.customer_segment = '{{ segment }}' then {{ loop.index }}
                    {%- endfor %}
                    else {{ listed('customer_segments') | length + 1 }}
                end,
                with_reach.customer_segment
        ) as integer) as segment_rank,
        with_reach.value_scale,
        with_reach.value_count as customer_count,
        with_reach.mean as estimate,
        with_reach.standard_error,
        with_reach.degrees_of_freedom,
        with_reach.mean - with_reach.reach as ci_low,
        with_reach.mean + with_reach.reach as ci_high,
        with_reach.winsorised_mean,
        with_reach.winsorised_standard_error,
        with_reach.winsorised_degrees_of_freedom,
        with_reach.winsorised_mean - with_reach.winsorised_reach as winsorised_ci_low,
        with_reach.winsorised_mean + with_reach.winsorised_reach as winsorised_ci_high,
        with_reach.winsorised_bound,
        with_reach.winsorised_low_bound,
        with_reach.standard_deviation,
        with_reach.skewness,
        with_reach.excess_kurtosis,
        {{ band(
            'greatest(abs(with_reach.skewness), 0.5e0 * abs(with_reach.excess_kurtosis))',
            'normality_departure'
        ) }} as departure,
        with_reach.jarque_bera_statistic as statistic,
        with_reach.jarque_bera_p_value as p_value,
        with_reach.minimum_value,
        with_reach.median_value,
        with_reach.maximum_value,
        calendar.as_of
    from with_reach
    cross join calendar
)

select
    *,
    {{ money_note() }}
from final
