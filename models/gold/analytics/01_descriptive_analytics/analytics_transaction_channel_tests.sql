{#- Pearson's chi-square of equal rates: (observed - expected)^2 over the expected variance. -#}
{%- set measures = {
    'decline': ['declined_count', 'decided_attempt_count'],
    'fraud': ['fraud_count', 'attempt_count'],
} %}

with

{{ import_ctes({
    'channels': ref('analytics_transaction_by_channel'),
    'calendar': ref('int_as_of'),
}) -}}

observed as (
    {%- for measure, (hits, attempts) in measures.items() %}
    {{ 'union all' if not loop.first }}
    select
        '{{ measure }}' as measure,
        {{ hits }} as hit_count,
        {{ attempts }} as attempt_count
    from channels
    where {{ attempts }} > 0
    {%- endfor %}
),

totals as (
    select
        measure,
        cast(count(*) as integer) as channel_count,
        cast(sum(hit_count) as bigint) as hit_count,
        cast(sum(attempt_count) as bigint) as attempt_count
    from observed
    group by measure
),

pooled as (
    select
        *,
        {{ ratio('hit_count', 'attempt_count') }} as pooled_rate
    from totals
),

statistics as (
    select
        observed.measure,
        sum({{ ratio(
            'power(observed.hit_count - observed.attempt_count * pooled.pooled_rate, 2)',
            'observed.attempt_count * pooled.pooled_rate * (1 - pooled.pooled_rate)'
        ) }}) as statistic
    from observed
    inner join pooled on observed.measure = pooled.measure
    group by observed.measure
),

final as (
    select
        pooled.measure,
        pooled.channel_count,
        pooled.attempt_count,
        pooled.hit_count,
        pooled.pooled_rate,
        case when pooled.channel_count > 1 then statistics.statistic end as statistic,
        pooled.channel_count - 1 as degrees_of_freedom,
        case
            when pooled.channel_count > 1
                then {{ stats_schema() }}.chi2_sf(statistics.statistic, {{ f8('pooled.channel_count - 1') }})
        end as p_value,
        calendar.as_of
    from pooled
    inner join statistics on pooled.measure = statistics.measure
    cross join calendar
)

select * from final
