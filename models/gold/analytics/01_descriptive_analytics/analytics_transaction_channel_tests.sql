{#- Pearson's chi-square of equal rates: (observed - expected)^2 over the expected variance. -#}
{%- set measures = {
    'decline': ['declined_count', 'decided_attempt_count'],
    'fraud': ['fraud_count', 'attempt_count'],
} %}

with

{{ import_ctes({
    'customer_channels': ref('agg_customer_channels'),
    'calendar': ref('int_as_of'),
}) -}}

customers as (
    {%- for measure, (hits, attempts) in measures.items() %}
    {{ 'union all' if not loop.first }}
    select
        '{{ measure }}' as measure,
        channel,
        customer_id,
        {{ hits }} as hit_count,
        {{ attempts }} as attempt_count
    from customer_channels
    where {{ attempts }} > 0
    {%- endfor %}
),

channels as (
    select
        measure,
        channel,
        sum(hit_count) as hit_count,
        sum(attempt_count) as attempt_count,
        {{ ratio('sum(hit_count)', 'sum(attempt_count)') }} as rate
    from customers
    group by measure, channel
),

totals as (
    select
        measure,
        cast(count(*) as integer) as channel_count,
        cast(sum(hit_count) as bigint) as hit_count,
        cast(sum(attempt_count) as bigint) as attempt_count
    from channels
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
        channels.measure,
        sum({{ ratio(
            'power(channels.hit_count - channels.attempt_count * pooled.pooled_rate, 2)',
            'channels.attempt_count * pooled.pooled_rate * (1 - pooled.pooled_rate)'
        ) }}) as chi_square
    from channels
    inner join pooled on channels.measure = pooled.measure
    group by channels.measure
),

-- What a customer's hits have beyond the rate of the channel.
residuals as (
    select
        customers.measure,
        customers.customer_id,
        sum(customers.hit_count - customers.attempt_count * channels.rate) as residual,
        sum({{ ratio(
            'power(customers.hit_count - customers.attempt_count * channels.rate, 2)',
            'channels.attempt_count'
        ) }}) as squares_over_rows
    from customers
    inner join channels
        on customers.measure = channels.measure
            and customers.channel = channels.channel
    group by customers.measure, customers.customer_id
),

clusters as (
    select
        measure,
        count(*) as customer_count,
        sum(residual * residual) as totals_squares,
        sum(squares_over_rows) as squares_over_rows
    from residuals
    group by measure
),

tested as (
    select
        pooled.*,
        clusters.customer_count,
        statistics.chi_square,
        {{ chi_square_design_effect(
            'clusters.squares_over_rows', 'clusters.totals_squares',
            'pooled.hit_count', 'pooled.attempt_count', 'pooled.channel_count',
            'clusters.customer_count'
        ) }} as design_effect
    from pooled
    inner join statistics on pooled.measure = statistics.measure
    inner join clusters on pooled.measure = clusters.measure
),

final as (
    select
        tested.measure,
        tested.channel_count,
        tested.attempt_count,
        tested.hit_count,
        tested.customer_count,
        tested.pooled_rate,
        tested.design_effect,
        case
            when tested.channel_count > 1
                then {{ ratio('tested.chi_square', 'tested.design_effect') }}
        end as statistic,
        tested.channel_count - 1 as degrees_of_freedom,
        case
            when tested.channel_count > 1
                then {{ p_value(
                    stats_schema() ~ '.chi2_sf('
                    ~ ratio('tested.chi_square', 'tested.design_effect') ~ ', '
                    ~ f8('tested.channel_count - 1') ~ ')'
                ) }}
        end as p_value,
        calendar.as_of
    from tested
    cross join calendar
)

select * from final
