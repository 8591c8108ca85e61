with

distribution as (
    select *
    from {{ ref('analytics_customer_segment_statistical_comparison_distribution') }}
),

pairs as (
    select
        reference.measure,
        reference.measure_label,
        reference.measure_rank,
        reference.is_log,
        reference.customer_segment as reference_segment,
        comparison.customer_segment as comparison_segment,
        reference.segment_rank as reference_rank,
        comparison.segment_rank as comparison_rank,
        reference.customer_count as reference_count,
        comparison.customer_count as comparison_count,
        reference.mean_value as reference_mean,
        comparison.mean_value as comparison_mean,
        {{ welch(
            'comparison.customer_count', 'comparison.mean_value', 'comparison.variance',
            'reference.customer_count', 'reference.mean_value', 'reference.variance'
        ) }},
        reference.as_of
    from distribution as reference
    inner join distribution as comparison
        on reference.measure = comparison.measure
            and reference.segment_rank < comparison.segment_rank
),

-- One family: every pair on every measure.
adjusted as (
    {{ benjamini_hochberg('pairs') }}
),

final as (
    select
        measure,
        reference_segment,
        comparison_segment,
        measure_label,
        measure_rank,
        reference_rank,
        comparison_rank,
        is_log,
        reference_count,
        comparison_count,
        reference_mean,
        comparison_mean,
        estimate,
        standard_error,
        ci_low,
        ci_high,
        statistic,
        degrees_of_freedom,
        p_value,
        q_value,
        coalesce(q_value < {{ var('alpha') }}, false) as is_significant,
        cohens_d,
        cohens_d_low,
        cohens_d_high,
        case when is_log then exp(estimate) end as mean_ratio,
        case when is_log then exp(ci_low) end as mean_ratio_low,
        case when is_log then exp(ci_high) end as mean_ratio_high,
        as_of
    from adjusted
)

select
    *,
    {{ money_note() }}
from final
