{#- A point wherever the curve has moved by a step of recall or of the false positive rate, or,
    where that rate is small, by a part of itself: few enough to draw, near enough to see no edge. -#}
{%- set steps = var('roc_point_steps') | int %}
{%- set sides = ['', 'previous_'] %}

with

{{ import_ctes({
    'scores': ref('agg_fraud_scores'),
    'calendar': ref('int_as_of'),
}) -}}

totals as (
    select
        sum(attempt_count) as attempt_count,
        sum(fraud_count) as fraud_count,
        min(fraud_score) as lowest_score
    from scores
),

curve as (
    select
        scores.fraud_score,
        scores.flagged_fraud_count as true_positive_count,
        scores.flagged_count - scores.flagged_fraud_count as false_positive_count,
        scores.flagged_fraud_count - scores.fraud_count as previous_true_positive_count,
        scores.flagged_count - scores.flagged_fraud_count
            - scores.attempt_count + scores.fraud_count as previous_false_positive_count,
        totals.fraud_count,
        totals.attempt_count - totals.fraud_count as legitimate_count,
        scores.fraud_score = totals.lowest_score as is_last
    from scores
    cross join totals
    where totals.fraud_count > 0 and totals.attempt_count > totals.fraud_count
),

placed as (
    select
        curve.*,
        {%- for before in sides %}
        floor({{ ratio(before ~ 'true_positive_count * ' ~ steps, 'fraud_count') }})
            as {{ before }}recall_step,
        floor({{ ratio(before ~ 'false_positive_count * ' ~ steps, 'legitimate_count') }})
            as {{ before }}false_positive_step,
        floor({{ ratio(steps, 10) }} * ln(
            case when {{ before }}false_positive_count > 0 then {{ f8(before ~ 'false_positive_count') }} end
        )) as {{ before }}relative_step{{ ',' if not loop.last }}
        {%- endfor %}
    from curve
),

kept as (
    select
        fraud_score,
        true_positive_count,
        false_positive_count,
        fraud_count,
        legitimate_count
    from placed
    where is_last
        or recall_step > previous_recall_step
        or false_positive_step > previous_false_positive_step
        or relative_step > coalesce(previous_relative_step, -1)
    union all
    -- Where nothing is flagged.
    select
        cast(null as decimal(9, 6)),
        0,
        0,
        fraud_count,
        attempt_count - fraud_count
    from totals
    where fraud_count > 0 and attempt_count > fraud_count
),

final as (
    select
        cast(row_number() over (order by kept.fraud_score desc nulls first) as integer)
            as point_number,
        cast(kept.fraud_score as decimal(9, 6)) as threshold,
        cast(kept.true_positive_count as bigint) as true_positive_count,
        cast(kept.false_positive_count as bigint) as false_positive_count,
        cast(kept.fraud_count as bigint) as fraud_count,
        cast(kept.legitimate_count as bigint) as legitimate_count,
        {{ ratio('kept.true_positive_count', 'kept.fraud_count') }} as recall_rate,
        {{ ratio('kept.false_positive_count', 'kept.legitimate_count') }} as false_positive_rate,
        {{ ratio('kept.true_positive_count', 'kept.true_positive_count + kept.false_positive_count') }}
            as precision_rate,
        calendar.as_of
    from kept
    cross join calendar
)

select * from final
