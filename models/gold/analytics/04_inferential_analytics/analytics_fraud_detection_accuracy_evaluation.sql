with

{{ import_ctes({
    'scores': ref('agg_fraud_scores'),
    'transactions': ref('fact_transactions'),
    'calendar': ref('int_as_of'),
}) -}}

attempts as (
    select count(*) as attempt_count
    from transactions
    where is_customer_initiated
),

totals as (
    select
        coalesce(sum(attempt_count), 0) as scored_attempt_count,
        coalesce(sum(fraud_count), 0) as fraud_count,
        coalesce(sum(attempt_count), 0) - coalesce(sum(fraud_count), 0) as honest_count
    from scores
),

-- Where each score stands: among the honest the share below it, among the frauds the share above
-- it, those with the same score counted half.
placed as (
    select
        scores.fraud_score,
        scores.fraud_count,
        scores.attempt_count - scores.fraud_count as honest_count,
        {{ ratio(
            'totals.honest_count - (scores.flagged_count - scores.flagged_fraud_count)'
                ~ ' + 0.5e0 * (scores.attempt_count - scores.fraud_count)',
            'totals.honest_count'
        ) }} as fraud_placement,
        {{ ratio('scores.flagged_fraud_count - 0.5e0 * scores.fraud_count', 'totals.fraud_count') }}
            as honest_placement,
        -- Recall less false positive rate, times both numbers: whole, so that equal ones are equal.
        cast(
            scores.flagged_fraud_count * totals.honest_count
            - (scores.flagged_count - scores.flagged_fraud_count) * totals.fraud_count as bigint
        ) as gap,
        {{ ratio('scores.fraud_count', 'totals.fraud_count') }}
            * {{ ratio('scores.flagged_fraud_count', 'scores.flagged_count') }} as precision_part
    from scores
    cross join totals
    where totals.fraud_count > 0 and totals.honest_count > 0
),

areas as (
    select
        {{ ratio('sum(fraud_count * fraud_placement)', 'sum(fraud_count)') }} as auc,
        max(gap) as widest_gap,
        sum(precision_part) as average_precision
    from placed
),

-- DeLong: the variance of the placements of either kind, over their number.
spread as (
    select
        areas.auc,
        areas.widest_gap,
        areas.average_precision,
        max(case when placed.gap = areas.widest_gap then placed.fraud_score end) as ks_threshold,
        {{ ratio(
            'sum(placed.fraud_count * (placed.fraud_placement - areas.auc)'
                ~ ' * (placed.fraud_placement - areas.auc))',
            'sum(placed.fraud_count) * (sum(placed.fraud_count) - 1)'
        ) }} + {{ ratio(
            'sum(placed.honest_count * (placed.honest_placement - areas.auc)'
                ~ ' * (placed.honest_placement - areas.auc))',
            'sum(placed.honest_count) * (sum(placed.honest_count) - 1)'
        ) }} as variance
    from placed
    cross join areas
    group by areas.auc, areas.widest_gap, areas.average_precision
),

evaluated as (
    select
        attempts.attempt_count,
        totals.scored_attempt_count,
        totals.fraud_count,
        {{ ratio('totals.fraud_count', 'totals.scored_attempt_count') }} as fraud_rate,
        spread.auc as estimate,
        sqrt(abs(spread.variance)) as standard_error,
        {{ ratio('spread.auc - 0.5e0', 'sqrt(abs(spread.variance))') }} as statistic,
        {{ ratio('spread.widest_gap', f8('totals.fraud_count') ~ ' * ' ~ f8('totals.honest_count')) }}
            as ks_statistic,
        spread.ks_threshold,
        spread.average_precision
    from attempts
    cross join totals
    left join spread on totals.fraud_count > 0
),

final as (
    select
        evaluated.attempt_count,
        cast(evaluated.scored_attempt_count as bigint) as scored_attempt_count,
        cast(evaluated.fraud_count as bigint) as fraud_count,
        evaluated.fraud_rate,
        evaluated.estimate,
        evaluated.standard_error,
        greatest(evaluated.estimate - {{ confidence_z() }} * evaluated.standard_error, 0) as ci_low,
        least(evaluated.estimate + {{ confidence_z() }} * evaluated.standard_error, 1) as ci_high,
        evaluated.statistic,
        2 * {{ stats_schema() }}.normal_sf(abs(evaluated.statistic)) as p_value,
        evaluated.ks_statistic,
        evaluated.ks_threshold,
        evaluated.average_precision,
        calendar.as_of
    from evaluated
    cross join calendar
)

select * from final
