{%- set ln_chance_of = {
    'observed': ln_hypergeometric('level_approved_count', 'level_count', 'approved_count', 'decided_count'),
    'other': ln_hypergeometric('counts.n', 'level_count', 'approved_count', 'decided_count'),
} -%}
with

levels as (
    select * from {{ ref('analytics_credit_approval_hypothesis_test_levels') }}
),

customer_levels as (
    select * from {{ ref('agg_customer_approvals') }}
),

-- What a customer's decisions have beyond the rate of the level.
residuals as (
    select
        levels.factor,
        levels.level,
        levels.is_reference,
        customer_levels.customer_id,
        customer_levels.approved_count - customer_levels.decided_count * levels.approval_rate
            as residual
    from customer_levels
    inner join levels
        on customer_levels.factor = levels.factor
            and customer_levels.level = levels.level
),

residual_squares as (
    select
        factor,
        level,
        sum(residual * residual) as squares
    from residuals
    group by factor, level
),

-- Customers with decisions at the level and at the reference too.
shared_residuals as (
    select
        residuals.factor,
        residuals.level,
        sum(residuals.residual * reference.residual) as products,
        count(*) as customer_count
    from residuals
    inner join residuals as reference
        on residuals.factor = reference.factor
            and residuals.customer_id = reference.customer_id
            and reference.is_reference
    where not residuals.is_reference
    group by residuals.factor, residuals.level
),

pairs as (
    select
        levels.factor,
        levels.level,
        levels.factor_rank,
        levels.level_rank,
        levels.is_protected_class,
        reference.level as reference_level,
        levels.decided_count as level_count,
        levels.approved_count as level_approved_count,
        levels.approval_rate as level_approval_rate,
        reference.decided_count as reference_count,
        reference.approved_count as reference_approved_count,
        reference.approval_rate as reference_approval_rate,
        levels.decided_count + reference.decided_count as decided_count,
        levels.approved_count + reference.approved_count as approved_count,
        {{ f8('levels.approved_count') }} * (reference.decided_count - reference.approved_count)
        - {{ f8('reference.approved_count') }} * (levels.decided_count - levels.approved_count)
            as cross_difference,
        {{ difference_design_effect(
            'levels.approved_count', 'levels.decided_count', 'level_squares.squares',
            'reference.approved_count', 'reference.decided_count', 'reference_squares.squares',
            'coalesce(shared_residuals.products, 0)',
            'levels.customer_count + reference.customer_count - '
                ~ 'coalesce(shared_residuals.customer_count, 0)'
        ) }} as design_effect,
        levels.as_of
    from levels
    inner join levels as reference
        on levels.factor = reference.factor
            and reference.is_reference
    inner join residual_squares as level_squares
        on levels.factor = level_squares.factor
            and levels.level = level_squares.level
    inner join residual_squares as reference_squares
        on reference.factor = reference_squares.factor
            and reference.level = reference_squares.level
    left join shared_residuals
        on levels.factor = shared_residuals.factor
            and levels.level = shared_residuals.level
    where not levels.is_reference
),

tables as (
    select
        *,
        level_count - level_approved_count as level_declined_count,
        reference_count - reference_approved_count as reference_declined_count,
        {{ ratio(
            'least(level_count, reference_count) * least(approved_count, decided_count - approved_count)',
            'decided_count'
        ) }} as min_expected_count,
        -- Pearson's, without the correction for continuity.
        {{ ratio(
            'decided_count * cross_difference * cross_difference',
            f8('level_count')
            ~ ' * reference_count * approved_count * (decided_count - approved_count)'
        ) }} as chi_square
    from pairs
),

exact_tables as (
    select
        *,
        {{ ln_chance_of['observed'] }} as ln_observed_chance
    from tables
    where is_protected_class or min_expected_count < {{ var('min_expected_count') }}
),

-- Fisher's: all tables with these margins that are no likelier than the one seen. The allowance
-- keeps tables that are exactly as likely from falling out by rounding. Chances beyond the range of
-- doubles, at which PostgreSQL stops, add nothing.
exact_tests as (
    select
        factor,
        level,
        least(
            coalesce(
                sum(exp(case when ln_chance > -690 then ln_chance end)) filter (
                    where ln_chance <= ln_observed_chance + 1e-7
                ),
                0
            ),
            1
        ) as p_value
    from (
        select
            exact_tables.factor,
            exact_tables.level,
            exact_tables.ln_observed_chance,
            {{ ln_chance_of['other'] }} as ln_chance
        from exact_tables
        cross join lateral
            {{ int_series(
                'cast(greatest(level_count + approved_count - decided_count, 0) as integer)',
                'cast(least(level_count, approved_count) as integer)'
            ) }} as counts
    ) as chances
    group by factor, level
),

tested as (
    select
        tables.*,
        {{ woolf_interval(
            'tables.level_approved_count', 'tables.level_declined_count',
            'tables.reference_approved_count', 'tables.reference_declined_count',
            low='odds_ratio_low', high='odds_ratio_high', design_effect='tables.design_effect'
        ) }},
        {{ share_ratio_interval(
            ratio('tables.level_approved_count', 'tables.design_effect'),
            ratio('tables.level_count', 'tables.design_effect'),
            ratio('tables.reference_approved_count', 'tables.design_effect'),
            ratio('tables.reference_count', 'tables.design_effect'),
            share_ratio='approval_ratio', low='approval_ratio_low', high='approval_ratio_high'
        ) }},
        {{ ratio('tables.chi_square', 'tables.design_effect') }} as statistic,
        case when exact_tests.p_value is null then 'Chi-square' else 'Fisher exact' end
            as test_method,
        {{ p_value(
            'coalesce(exact_tests.p_value, ' ~ stats_schema() ~ '.chi2_sf('
            ~ ratio('tables.chi_square', 'tables.design_effect') ~ ', 1e0))'
        ) }} as p_value
    from tables
    left join exact_tests
        on tables.factor = exact_tests.factor
            and tables.level = exact_tests.level
),

-- One family: every level of every factor.
adjusted as (
    {{ benjamini_hochberg('tested') }}
),

final as (
    select
        factor,
        level,
        reference_level,
        factor_rank,
        level_rank,
        is_protected_class,
        level_count,
        level_approved_count,
        level_approval_rate,
        reference_count,
        reference_approved_count,
        reference_approval_rate,
        design_effect,
        odds_ratio,
        ln(case when odds_ratio > 0 then odds_ratio end) as estimate,
        standard_error,
        odds_ratio_low,
        odds_ratio_high,
        least(
            level_approved_count, level_declined_count,
            reference_approved_count, reference_declined_count
        ) = 0 as has_empty_cell,
        test_method,
        statistic,
        min_expected_count,
        p_value,
        q_value,
        coalesce(q_value < {{ var('alpha') }}, false) as is_significant,
        sqrt(greatest({{ ratio('chi_square', 'decided_count') }}, 0)) as cramers_v,
        approval_ratio,
        approval_ratio_low,
        approval_ratio_high,
        case
            when is_protected_class
                then coalesce(approval_ratio < {{ var('adverse_impact_ratio') }}, false)
        end as is_adverse_impact,
        as_of
    from adjusted
)

select * from final
