with

{{ import_ctes({'days': ref('agg_transaction_days')}) -}}

detrended as (
    select
        transaction_date,
        weekday_number,
        day_of_month,
        log_attempt_count - trend_log_count as residual
    from days
),

weekday_effects as (
    select
        weekday_number,
        percentile_cont(0.5) within group (order by residual) as weekday_effect
    from detrended
    group by weekday_number
),

without_weekday as (
    select
        detrended.transaction_date,
        detrended.day_of_month,
        weekday_effects.weekday_effect,
        detrended.residual - weekday_effects.weekday_effect as residual
    from detrended
    inner join weekday_effects on detrended.weekday_number = weekday_effects.weekday_number
),

day_of_month_effects as (
    select
        day_of_month,
        percentile_cont(0.5) within group (order by residual) as day_of_month_effect
    from without_weekday
    group by day_of_month
),

expected as (
    select
        days.*,
        exp(
            days.trend_log_count
            + without_weekday.weekday_effect
            + day_of_month_effects.day_of_month_effect
        ) as expected_count,
        without_weekday.residual - day_of_month_effects.day_of_month_effect as residual
    from days
    inner join without_weekday on days.transaction_date = without_weekday.transaction_date
    inner join day_of_month_effects
        on without_weekday.day_of_month = day_of_month_effects.day_of_month
),

-- Chance moves the logarithm of a count by one over its root: without this weight the days of a
-- bank that was smaller would pass for odd.
weighted as (
    select
        *,
        residual * sqrt(greatest(expected_count, 0)) as weighted_residual
    from expected
),

-- 1.4826 median absolute deviations are one standard deviation of the normal distribution.
spread as (
    select
        1.4826 * percentile_cont(0.5) within group (order by abs(weighted_residual)) as deviation,
        percentile_cont(0.5) within group (order by expected_count) as typical_count,
        count(*) as day_count
    from weighted
),

scored as (
    select
        weighted.*,
        case
            when spread.day_count >= {{ var('anomaly_min_days') }}
                and spread.typical_count >= {{ var('anomaly_min_expected_count') }}
                then {{ ratio('weighted.weighted_residual', 'spread.deviation') }}
        end as robust_z_score,
        {%- for days in [7, 30] %}
        {%- for measure in ['attempt_count', 'volume_amount'] %}
        avg({{ f8('weighted.' ~ measure) }}) over (
            order by weighted.transaction_date rows between {{ days - 1 }} preceding and current row
        ) as mean_{{ days }}_day_{{ measure }},
        {%- endfor %}
        {%- endfor %}
        row_number() over by_day as day_number
    from weighted
    cross join spread
    window by_day as (order by weighted.transaction_date)
),

final as (
    select
        transaction_date,
        weekday_number,
        transaction_count,
        completed_count,
        attempt_count,
        declined_count,
        inflow_amount,
        outflow_amount,
        internal_transfer_amount,
        volume_amount,
        {%- for days in [7, 30] %}
        case when day_number >= {{ days }} then mean_{{ days }}_day_attempt_count end
            as mean_{{ days }}_day_attempt_count,
        case when day_number >= {{ days }} then {{ mean_amount('mean_' ~ days ~ '_day_volume_amount') }} end
            as mean_{{ days }}_day_volume_amount,
        {%- endfor %}
        expected_count,
        {{ ratio('attempt_count - expected_count', 'expected_count') }} as deviation_rate,
        robust_z_score,
        coalesce(abs(robust_z_score) > {{ var('anomaly_z_threshold') }}, false) as is_anomaly,
        as_of
    from scored
)

select
    *,
    {{ money_note() }}
from final
