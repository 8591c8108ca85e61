with

tests as (
    select * from {{ ref('analytics_transaction_amount_normality_test') }}
),

{{ attempt_deviations(
    ref('fact_transactions'), ref('dim_customer'),
    cells=ref('analytics_transaction_amount_normality_test_cells')
) }},

-- The values are put in order by number, for names are slow to compare.
groups as (
    select
        transaction_type,
        amount_scale,
        standard_deviation,
        as_of,
        cast(row_number() over (order by transaction_type, amount_scale) as integer)
            as group_number
    from tests
    where basis = 'within_cells'
),

grouped_deviations as (
    select
        scales.group_number,
        {{ of_amount_scale('deviations', 'deviation') }} as deviation
    from deviations
    inner join groups as scales on deviations.transaction_type = scales.transaction_type
),

points as (
    {{ quantile_points('grouped_deviations', ['group_number'], 'deviation') }}
),

final as (
    select
        groups.transaction_type,
        groups.amount_scale,
        points.point_number,
        points.value_count as attempt_count,
        points.probability,
        {{ stats_schema() }}.normal_quantile(points.probability) as normal_quantile,
        points.sample_value,
        {{ ratio('points.sample_value', 'groups.standard_deviation') }} as standardised_value,
        groups.as_of
    from points
    inner join groups on points.group_number = groups.group_number
)

select * from final
