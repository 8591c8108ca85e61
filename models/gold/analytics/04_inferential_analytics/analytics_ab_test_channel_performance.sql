{#- Twelve steps settle the effect to eleven digits for 40 trials an arm, fewer for more. -#}
{%- set effect_steps = 12 -%}
{%- set reached = 'least(reference_rate + effect, 1)' -%}
{%- set z_alpha = confidence_z(1 - var('alpha')) -%}
{%- set treatment_share = var('treatment_share') | string -%}
{%- set z_power = stats_schema() ~ '.normal_quantile(' ~ var('target_power') ~ ')' -%}
{#- Trials an arm for the planned effect: the square of (z_alpha * error without effect + z_power *
   error with it, for one trial an arm) / effect. -#}
{%- set planned_errors = z_alpha ~ ' * '
    ~ difference_error('adjusted.reference_rate', '1', 'adjusted.planned_rate', '1', pooled=true)
    ~ ' + ' ~ z_power ~ ' * '
    ~ difference_error('adjusted.reference_rate', '1', 'adjusted.planned_rate', '1') -%}
{%- set needed_count = ratio(
    '(' ~ planned_errors ~ ') * (' ~ planned_errors ~ ')',
    'adjusted.planned_effect * adjusted.planned_effect'
) -%}
{#- Counts of independent trials that would tell as much. -#}
{%- set effective = {} -%}
{%- for side in ['reference', 'comparison'] -%}
    {%- for count in [side ~ '_count', side ~ '_success_count'] -%}
        {%- do effective.update({count: ratio('pairs.' ~ count, 'pairs.design_effect')}) -%}
    {%- endfor -%}
{%- endfor -%}
with recursive

sessions as (
    select * from {{ ref('fact_digital_engagement') }}
),

attempts as (
    select * from {{ ref('agg_customer_channels') }}
),

contacts as (
    select * from {{ ref('fact_customer_interactions') }}
),

applications as (
    select * from {{ ref('fact_credit_applications') }}
),

calendar as (
    select as_of from {{ ref('int_as_of') }}
),

-- Every group that is compared, by customer: trials, and those that succeeded.
customer_groups as (
    select
        experiment_id as test_name,
        'Randomised experiment' as design,
        'Session converted' as outcome,
        experiment_arm as arm,
        case when experiment_arm = 'control' then 0 else 1 end as arm_rank,
        coalesce(customer_id, 'Unknown') as customer_id,
        count(*) as trial_count,
        count(*) filter (where is_converted) as success_count
    from sessions
    where is_experiment and is_converted is not null
    group by experiment_id, experiment_arm, coalesce(customer_id, 'Unknown')
    union all
    select
        'Attempts by channel' as test_name,
        'Observational comparison' as design,
        'Attempt not declined' as outcome,
        channel as arm,
        1 as arm_rank,
        customer_id,
        decided_attempt_count as trial_count,
        decided_attempt_count - declined_count as success_count
    from attempts
    where decided_attempt_count > 0
    union all
    select
        'Contacts by channel' as test_name,
        'Observational comparison' as design,
        'Resolved at first contact' as outcome,
        channel as arm,
        1 as arm_rank,
        coalesce(customer_id, 'Unknown') as customer_id,
        count(*) as trial_count,
        count(*) filter (where is_first_contact_resolved) as success_count
    from contacts
    where is_first_contact_resolved is not null
    group by channel, coalesce(customer_id, 'Unknown')
    union all
    select
        'Applications by channel' as test_name,
        'Observational comparison' as design,
        'Application approved' as outcome,
        application_channel as arm,
        1 as arm_rank,
        coalesce(customer_id, 'Unknown') as customer_id,
        count(*) as trial_count,
        count(*) filter (where is_approved) as success_count
    from applications
    where not is_pending and application_channel is not null
    group by application_channel, coalesce(customer_id, 'Unknown')
),

groups as (
    select
        test_name,
        design,
        outcome,
        arm,
        arm_rank,
        cast(sum(trial_count) as bigint) as trial_count,
        cast(sum(success_count) as bigint) as success_count,
        count(*) as customer_count,
        {{ ratio('sum(success_count)', 'sum(trial_count)') }} as success_rate
    from customer_groups
    group by test_name, design, outcome, arm, arm_rank
),

-- What a customer's successes have beyond the rate of the group.
residuals as (
    select
        customer_groups.test_name,
        customer_groups.arm,
        customer_groups.customer_id,
        customer_groups.success_count - customer_groups.trial_count * groups.success_rate
            as residual
    from customer_groups
    inner join groups
        on customer_groups.test_name = groups.test_name
            and customer_groups.arm = groups.arm
),

-- Of two groups those of the customers who are in both; of a group with itself, the squares.
residual_products as (
    select
        reference.test_name,
        reference.arm as reference_arm,
        comparison.arm as comparison_arm,
        sum(reference.residual * comparison.residual) as products,
        count(*) as customer_count
    from residuals as reference
    inner join residuals as comparison
        on reference.test_name = comparison.test_name
            and reference.customer_id = comparison.customer_id
    group by reference.test_name, reference.arm, comparison.arm
),

pairs as (
    select
        reference.test_name,
        reference.design,
        reference.outcome,
        reference.arm as reference_arm,
        comparison.arm as comparison_arm,
        reference.trial_count as reference_count,
        reference.success_count as reference_success_count,
        comparison.trial_count as comparison_count,
        comparison.success_count as comparison_success_count,
        {{ ratio('reference.success_count', 'reference.trial_count') }} as reference_rate,
        {{ ratio('comparison.success_count', 'comparison.trial_count') }} as comparison_rate,
        reference.design = 'Randomised experiment' as is_randomised,
        coalesce(shared.customer_count, 0) as shared_customer_count,
        {{ difference_design_effect(
            'comparison.success_count', 'comparison.trial_count', 'comparison_squares.products',
            'reference.success_count', 'reference.trial_count', 'reference_squares.products',
            'coalesce(shared.products, 0)',
            'comparison.customer_count + reference.customer_count - '
                ~ 'coalesce(shared.customer_count, 0)'
        ) }} as design_effect
    from groups as reference
    inner join groups as comparison
        on reference.test_name = comparison.test_name
            and (reference.arm_rank, reference.arm) < (comparison.arm_rank, comparison.arm)
    inner join residual_products as reference_squares
        on reference.test_name = reference_squares.test_name
            and reference.arm = reference_squares.reference_arm
            and reference.arm = reference_squares.comparison_arm
    inner join residual_products as comparison_squares
        on comparison.test_name = comparison_squares.test_name
            and comparison.arm = comparison_squares.reference_arm
            and comparison.arm = comparison_squares.comparison_arm
    left join residual_products as shared
        on reference.test_name = shared.test_name
            and reference.arm = shared.reference_arm
            and comparison.arm = shared.comparison_arm
),

-- The smallest effect that the test has its power for is the root of
--   effect = z_alpha * error without effect + z_power * error with it,
-- found by putting the right side in for the left until it stands.
effect_steps as (
    select
        test_name,
        reference_arm,
        comparison_arm,
        reference_count,
        comparison_count,
        reference_rate,
        cast(0 as integer) as step,
        ({{ z_alpha }} + {{ z_power }})
        * {{ difference_error('reference_rate', 'reference_count', 'reference_rate', 'comparison_count') }}
            as effect
    from pairs
    where reference_success_count between 1 and reference_count - 1
    union all
    select
        test_name,
        reference_arm,
        comparison_arm,
        reference_count,
        comparison_count,
        reference_rate,
        step + 1 as step,
        {{ z_alpha }} * {{ difference_error(
            'reference_rate', 'reference_count', reached, 'comparison_count', pooled=true
        ) }}
        + {{ z_power }}
        * {{ difference_error('reference_rate', 'reference_count', reached, 'comparison_count') }}
            as effect
    from effect_steps
    where step < {{ effect_steps }}
),

detectable as (
    select * from effect_steps where step = {{ effect_steps }}
),

compared as (
    select
        pairs.*,
        pairs.comparison_rate - pairs.reference_rate as estimate,
        {{ difference_error(
            'pairs.reference_rate', effective['reference_count'],
            'pairs.comparison_rate', effective['comparison_count']
        ) }} as standard_error,
        {{ newcombe_interval(
            effective['comparison_success_count'], effective['comparison_count'],
            effective['reference_success_count'], effective['reference_count']
        ) }},
        {{ ratio('pairs.comparison_rate - pairs.reference_rate', difference_error(
            'pairs.reference_rate', effective['reference_count'],
            'pairs.comparison_rate', effective['comparison_count'], pooled=true
        )) }} as statistic,
        detectable.effect as minimal_detectable_effect,
        {{ f8('pairs.reference_count + pairs.comparison_count') }} as total_count,
        {{ ratio('pairs.comparison_count', 'pairs.reference_count + pairs.comparison_count') }}
            as comparison_share,
        least(pairs.reference_rate + {{ var('planned_conversion_effect') }}, 1) as planned_rate,
        {{ f8(var('planned_conversion_effect')) }} as planned_effect
    from pairs
    left join detectable
        on pairs.test_name = detectable.test_name
            and pairs.reference_arm = detectable.reference_arm
            and pairs.comparison_arm = detectable.comparison_arm
),

tested as (
    select
        *,
        {{ p_value('2 * ' ~ stats_schema() ~ '.normal_sf(abs(statistic))') }} as p_value,
        -- Squares over expectations of both arms, put together.
        {{ ratio(
            'total_count * (comparison_share - ' ~ treatment_share ~ ') * (comparison_share - '
            ~ treatment_share ~ ')',
            treatment_share ~ ' * (1 - ' ~ treatment_share ~ ')'
        ) }} as sample_ratio_statistic
    from compared
),

-- A family for each design: the experiments, and all pairs of channels.
adjusted as (
    {{ benjamini_hochberg('tested', 'p_value', ['design']) }}
),

final as (
    select
        adjusted.test_name,
        adjusted.reference_arm,
        adjusted.comparison_arm,
        adjusted.design,
        adjusted.outcome,
        adjusted.is_randomised,
        adjusted.reference_count,
        adjusted.reference_success_count,
        adjusted.reference_rate,
        adjusted.comparison_count,
        adjusted.comparison_success_count,
        adjusted.comparison_rate,
        adjusted.shared_customer_count,
        adjusted.design_effect,
        adjusted.estimate,
        adjusted.standard_error,
        adjusted.ci_low,
        adjusted.ci_high,
        {{ ratio('adjusted.estimate', 'adjusted.reference_rate') }} as relative_difference,
        adjusted.statistic,
        adjusted.p_value,
        adjusted.q_value,
        coalesce(adjusted.q_value < {{ var('alpha') }}, false) as is_significant,
        adjusted.minimal_detectable_effect,
        case when adjusted.is_randomised then adjusted.planned_effect end as planned_effect,
        case when adjusted.is_randomised then {{ proportion_test_power(
            'adjusted.reference_rate', 'adjusted.reference_count',
            'adjusted.planned_rate', 'adjusted.comparison_count'
        ) }} end as planned_power,
        case when adjusted.is_randomised then cast(ceil({{ needed_count }}) as bigint) end
            as planned_count_per_arm,
        case when adjusted.is_randomised then adjusted.sample_ratio_statistic end
            as sample_ratio_statistic,
        case
            when adjusted.is_randomised
                then {{ p_value(
                    stats_schema() ~ '.chi2_sf(adjusted.sample_ratio_statistic, 1e0)'
                ) }}
        end as sample_ratio_p_value,
        calendar.as_of
    from adjusted
    cross join calendar
)

select * from final
