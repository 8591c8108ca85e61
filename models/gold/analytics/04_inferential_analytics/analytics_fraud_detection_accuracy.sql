{#- The scores run from 0 to 1; a threshold is a whole number of steps, so that "at or above" is
    told exactly. -#}
{%- set steps = var('fraud_threshold_steps') | int %}

with

{{ import_ctes({
    'scores': ref('agg_fraud_scores'),
    'calendar': ref('int_as_of'),
}) -}}

scores_by_step as (
    select
        cast(floor(fraud_score * {{ steps }}) as integer) as step,
        sum(attempt_count) as attempt_count,
        sum(fraud_count) as fraud_count
    from scores
    group by cast(floor(fraud_score * {{ steps }}) as integer)
),

flagged as (
    select
        thresholds.n as threshold_step,
        cast(coalesce(sum(scores_by_step.attempt_count) over from_the_top, 0) as bigint)
            as flagged_count,
        cast(coalesce(sum(scores_by_step.fraud_count) over from_the_top, 0) as bigint)
            as true_positive_count,
        cast(coalesce(sum(scores_by_step.attempt_count) over everything, 0) as bigint)
            as attempt_count,
        cast(coalesce(sum(scores_by_step.fraud_count) over everything, 0) as bigint)
            as fraud_count
    from {{ int_series(0, steps) }} as thresholds
    left join scores_by_step on thresholds.n = scores_by_step.step
    window
        from_the_top as (
            order by thresholds.n desc rows between unbounded preceding and current row
        ),
        everything as (
            order by thresholds.n desc
            rows between unbounded preceding and unbounded following
        )
),

decided as (
    select
        threshold_step,
        attempt_count,
        fraud_count,
        flagged_count,
        true_positive_count,
        flagged_count - true_positive_count as false_positive_count,
        fraud_count - true_positive_count as false_negative_count,
        attempt_count - fraud_count - flagged_count + true_positive_count as true_negative_count
    from flagged
    where attempt_count > 0
),

measured as (
    select
        decided.*,
        {{ ratio('true_positive_count', 'flagged_count') }} as precision_rate,
        {{ wilson_interval('true_positive_count', 'flagged_count', 'precision_ci_low', 'precision_ci_high') }},
        {{ ratio('true_positive_count', 'fraud_count') }} as recall_rate,
        {{ wilson_interval('true_positive_count', 'fraud_count', 'recall_ci_low', 'recall_ci_high') }},
        {{ ratio('false_positive_count', 'attempt_count - fraud_count') }} as false_positive_rate,
        {{ ratio('true_negative_count', 'attempt_count - fraud_count') }} as specificity_rate,
        {{ ratio('2 * true_positive_count', 'flagged_count + fraud_count') }} as f1_score
    from decided
),

final as (
    select
        {{ dec(ratio('measured.threshold_step', steps), 6, 9) }} as threshold,
        measured.attempt_count,
        measured.fraud_count,
        measured.flagged_count,
        measured.true_positive_count,
        measured.false_positive_count,
        measured.true_negative_count,
        measured.false_negative_count,
        measured.precision_rate,
        measured.precision_ci_low,
        measured.precision_ci_high,
        measured.recall_rate,
        measured.recall_ci_low,
        measured.recall_ci_high,
        measured.false_positive_rate,
        measured.specificity_rate,
        measured.f1_score,
        row_number() over (
            order by measured.f1_score desc nulls last, measured.threshold_step asc
        ) = 1 as is_best_f1,
        calendar.as_of
    from measured
    cross join calendar
)

select * from final
