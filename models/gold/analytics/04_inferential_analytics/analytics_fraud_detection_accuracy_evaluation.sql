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

-- What flagging from each score on finds.
thresholds as (
    select
        scores.fraud_score,
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

ranked_thresholds as (
    select
        *,
        row_number() over (order by gap desc, fraud_score desc) as gap_rank
    from thresholds
),

widest as (
    select
        max(gap) as gap,
        max(case when gap_rank = 1 then fraud_score end) as ks_threshold,
        sum(precision_part) as average_precision
    from ranked_thresholds
),

area as (
    {{ delong('scores', 'fraud_score', 'fraud_count', 'attempt_count - fraud_count') }}
),

evaluated as (
    select
        attempts.attempt_count,
        totals.scored_attempt_count,
        totals.fraud_count,
        {{ ratio('totals.fraud_count', 'totals.scored_attempt_count') }} as fraud_rate,
        area.auc as estimate,
        area.standard_error,
        area.ci_low,
        area.ci_high,
        {{ ratio('area.auc - 0.5e0', 'area.standard_error') }} as statistic,
        {{ ratio('widest.gap', f8('totals.fraud_count') ~ ' * ' ~ f8('totals.honest_count')) }}
            as ks_statistic,
        widest.ks_threshold,
        widest.average_precision
    from attempts
    cross join totals
    cross join widest
    cross join area
),

final as (
    select
        evaluated.attempt_count,
        cast(evaluated.scored_attempt_count as bigint) as scored_attempt_count,
        cast(evaluated.fraud_count as bigint) as fraud_count,
        evaluated.fraud_rate,
        evaluated.estimate,
        evaluated.standard_error,
        evaluated.ci_low,
        evaluated.ci_high,
        evaluated.statistic,
        {{ p_value('2 * ' ~ stats_schema() ~ '.normal_sf(abs(evaluated.statistic))') }} as p_value,
        evaluated.ks_statistic,
        evaluated.ks_threshold,
        evaluated.average_precision,
        calendar.as_of
    from evaluated
    cross join calendar
)

select * from final
