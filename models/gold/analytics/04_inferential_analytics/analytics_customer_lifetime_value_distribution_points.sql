with

profile as (
    select * from {{ ref('analytics_customer_lifetime_value_distribution_profile') }}
),

{{ lifetime_values(ref('pop_customer_periods')) }},

points as (
    {{ quantile_points('lifetime_values', ['value_scale'], 'lifetime_value') }}
),

final as (
    select
        points.value_scale,
        points.point_number,
        points.value_count as customer_count,
        points.probability,
        {{ stats_schema() }}.normal_quantile(points.probability) as normal_quantile,
        points.sample_value,
        {{ ratio('points.sample_value - profile.estimate', 'profile.standard_deviation') }}
            as standardised_value,
        profile.as_of
    from points
    inner join profile on points.value_scale = profile.value_scale
    where profile.customer_segment = 'All'
)

select * from final
