with

levels as (
    select * from {{ ref('analytics_credit_approval_hypothesis_test_levels') }}
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
        ) as statistic
    from expectations
    group by factor, factor_rank, is_protected_class, as_of
    having count(*) > 1
),

tested as (
    select
        *,
        level_count - 1 as degrees_of_freedom,
        {{ stats_schema() }}.chi2_sf(statistic, {{ f8('level_count - 1') }}) as p_value
    from sums
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
        statistic,
        cast(degrees_of_freedom as integer) as degrees_of_freedom,
        p_value,
        q_value,
        sqrt(greatest({{ ratio('statistic', 'decided_count') }}, 0)) as cramers_v,
        as_of
    from adjusted
)

select * from final
