with

levels as (
    select * from {{ ref('analytics_credit_approval_hypothesis_test_levels') }}
),

customer_levels as (
    select * from {{ ref('agg_customer_approvals') }}
),

residuals as (
    select
        levels.factor,
        customer_levels.customer_id,
        levels.decided_count,
        customer_levels.approved_count - customer_levels.decided_count * levels.approval_rate
            as residual
    from customer_levels
    inner join levels
        on customer_levels.factor = levels.factor
            and customer_levels.level = levels.level
),

customer_residuals as (
    select
        factor,
        customer_id,
        sum(residual) as residual,
        sum({{ ratio('residual * residual', 'decided_count') }}) as squares_over_rows
    from residuals
    group by factor, customer_id
),

clusters as (
    select
        factor,
        count(*) as customer_count,
        sum(residual * residual) as totals_squares,
        sum(squares_over_rows) as squares_over_rows
    from customer_residuals
    group by factor
),

expectations as (
    select
        factor,
        factor_rank,
        is_protected_class,
        as_of,
        decided_count,
        approved_count,
        {{ ratio(
            'decided_count * sum(approved_count) over factor_rows',
            'sum(decided_count) over factor_rows'
        ) }} as expected_approved,
        {{ ratio(
            'decided_count * sum(decided_count - approved_count) over factor_rows',
            'sum(decided_count) over factor_rows'
        ) }} as expected_declined
    from levels
    window factor_rows as (partition by factor)
),

sums as (
    select
        factor,
        factor_rank,
        is_protected_class,
        as_of,
        cast(count(*) as integer) as level_count,
        cast(sum(decided_count) as bigint) as decided_count,
        cast(sum(approved_count) as bigint) as approved_count,
        min(least(expected_approved, expected_declined)) as min_expected_count,
        sum(
            {{ ratio(
                '(approved_count - expected_approved) * (approved_count - expected_approved)',
                'expected_approved'
            ) }}
            + {{ ratio(
                '(approved_count - expected_approved) * (approved_count - expected_approved)',
                'expected_declined'
            ) }}
        ) as chi_square
    from expectations
    group by factor, factor_rank, is_protected_class, as_of
    having count(*) > 1
),

corrected as (
    select
        sums.*,
        {{ chi_square_design_effect(
            'clusters.squares_over_rows', 'clusters.totals_squares',
            'sums.approved_count', 'sums.decided_count', 'sums.level_count',
            'clusters.customer_count'
        ) }} as design_effect
    from sums
    inner join clusters on sums.factor = clusters.factor
),

tested as (
    select
        *,
        {{ ratio('chi_square', 'design_effect') }} as statistic,
        level_count - 1 as degrees_of_freedom,
        {{ p_value(
            stats_schema() ~ '.chi2_sf(' ~ ratio('chi_square', 'design_effect') ~ ', '
            ~ f8('level_count - 1') ~ ')'
        ) }} as p_value
    from corrected
),

-- The family is the factors.
adjusted as (
    {{ benjamini_hochberg('tested') }}
),

final as (
    select
        factor,
        factor_rank,
        is_protected_class,
        level_count,
        decided_count,
        min_expected_count,
        design_effect,
        statistic,
        cast(degrees_of_freedom as integer) as degrees_of_freedom,
        p_value,
        q_value,
        sqrt(greatest({{ ratio('chi_square', 'decided_count') }}, 0)) as cramers_v,
        as_of
    from adjusted
)

select * from final
