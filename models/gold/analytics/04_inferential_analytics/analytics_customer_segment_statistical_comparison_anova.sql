with

distribution as (
    select *
    from {{ ref('analytics_customer_segment_statistical_comparison_distribution') }}
    where customer_count > 1 and variance > 0
),

grand_means as (
    select
        *,
        {{ ratio('customer_count', 'variance') }} as weight,
        {{ ratio(
            'sum(customer_count * mean_value) over measure_rows',
            'sum(customer_count) over measure_rows'
        ) }} as grand_mean,
        {{ ratio(
            'sum(' ~ ratio('customer_count * mean_value', 'variance') ~ ') over measure_rows',
            'sum(' ~ ratio('customer_count', 'variance') ~ ') over measure_rows'
        ) }} as weighted_mean,
        sum({{ ratio('customer_count', 'variance') }}) over measure_rows as weight_total
    from distribution
    window measure_rows as (partition by measure)
),

sums as (
    select
        measure,
        measure_label,
        measure_rank,
        as_of,
        cast(count(*) as integer) as segment_count,
        cast(sum(customer_count) as bigint) as customer_count,
        sum(customer_count * (mean_value - grand_mean) * (mean_value - grand_mean))
            as squares_between,
        sum((customer_count - 1) * variance) as squares_within,
        sum(weight * (mean_value - weighted_mean) * (mean_value - weighted_mean))
            as weighted_squares,
        -- How far the weights are from known: Welch's correction of both F and its freedom.
        sum({{ ratio(
            '(1 - ' ~ ratio('weight', 'weight_total') ~ ') * (1 - '
            ~ ratio('weight', 'weight_total') ~ ')',
            'customer_count - 1'
        ) }}) as weight_error
    from grand_means
    group by measure, measure_label, measure_rank, as_of
    having count(*) > 1
),

statistics as (
    select
        *,
        segment_count - 1 as degrees_between,
        customer_count - segment_count as degrees_within,
        {{ ratio(
            ratio('squares_between', 'segment_count - 1'),
            ratio('squares_within', 'customer_count - segment_count')
        ) }} as classic_statistic,
        {{ ratio(
            ratio('weighted_squares', 'segment_count - 1'),
            '1 + ' ~ ratio(
                '2 * (segment_count - 2)', 'segment_count * segment_count - 1'
            ) ~ ' * weight_error'
        ) }} as welch_statistic,
        {{ ratio('segment_count * segment_count - 1', '3 * weight_error') }} as welch_degrees_within,
        {{ ratio('squares_between', 'squares_between + squares_within') }} as eta_squared
    from sums
),

tested as (
    select
        *,
        {{ p_value(
            stats_schema() ~ '.f_sf(classic_statistic, ' ~ f8('degrees_between') ~ ', '
            ~ f8('degrees_within') ~ ')'
        ) }} as classic_p_value,
        {{ p_value(
            stats_schema() ~ '.f_sf(welch_statistic, ' ~ f8('degrees_between')
            ~ ', welch_degrees_within)'
        ) }} as welch_p_value
    from statistics
),

-- The family is the measures.
adjusted as (
    {{ benjamini_hochberg('tested', 'welch_p_value') }}
),

final as (
    select
        measure,
        measure_label,
        measure_rank,
        segment_count,
        customer_count,
        cast(degrees_between as integer) as degrees_between,
        cast(degrees_within as bigint) as degrees_within,
        classic_statistic,
        classic_p_value,
        welch_statistic,
        welch_degrees_within,
        welch_p_value,
        q_value,
        eta_squared,
        as_of
    from adjusted
)

select * from final
