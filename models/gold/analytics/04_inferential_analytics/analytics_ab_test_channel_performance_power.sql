{#- Effects up to twice the planned one, in so many steps. -#}
{%- set effect_steps = 40 -%}
with

experiments as (
    select *
    from {{ ref('analytics_ab_test_channel_performance') }}
    where is_randomised
),

sample_shares as (
    select sample_share
    from (
        values
        {%- for share in listed('power_curve_sample_shares') %}
        ({{ f8(share) }}){{ ',' if not loop.last }}
        {%- endfor %}
    ) as listed (sample_share)
),

steps as (
    select n as step from {{ int_series(0, effect_steps) }} as steps
),

curves as (
    select
        experiments.test_name,
        experiments.reference_arm,
        experiments.comparison_arm,
        sample_shares.sample_share,
        cast(steps.step as integer) as effect_step,
        experiments.reference_rate,
        experiments.planned_effect,
        experiments.as_of,
        {{ ratio('2 * steps.step * experiments.planned_effect', effect_steps) }} as true_effect,
        cast(floor(experiments.reference_count * sample_shares.sample_share) as bigint)
            as reference_count,
        cast(floor(experiments.comparison_count * sample_shares.sample_share) as bigint)
            as comparison_count
    from experiments
    cross join sample_shares
    cross join steps
),

final as (
    select
        test_name,
        reference_arm,
        comparison_arm,
        sample_share,
        effect_step,
        true_effect,
        planned_effect,
        reference_rate,
        reference_count,
        comparison_count,
        {{ proportion_test_power(
            'reference_rate', 'reference_count', 'reference_rate + true_effect', 'comparison_count'
        ) }} as power,
        as_of
    from curves
    where reference_rate > 0
        and reference_rate + true_effect < 1
        and reference_count > 0
        and comparison_count > 0
)

select * from final
