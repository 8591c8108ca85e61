with

measures as (
    select * from {{ ref('pop_customer_segment_measures') }}
),

calendar as (
    select as_of from {{ ref('int_as_of') }}
),

names as (
    select
        measure,
        measure_label,
        measure_rank,
        is_log
    from (
        values
        {%- for measure in segment_measures() %}
        ('{{ measure.name }}', '{{ measure.label }}', {{ loop.index }}, {{ measure.is_log }})
        {{- ',' if not loop.last }}
        {%- endfor %}
    ) as listed (measure, measure_label, measure_rank, is_log)
),

segments as (
    select
        customer_segment,
        segment_rank
    from (
        values
        {%- for segment in listed('customer_segments') %}
        ('{{ segment }}', {{ loop.index }}){{ ',' if not loop.last }}
        {%- endfor %}
    ) as listed (customer_segment, segment_rank)
),

moments as (
    select
        measure,
        customer_segment,
        count(*) as customer_count,
        avg({{ f8('measure_value') }}) as mean_value,
        var_samp(measure_value) as variance,
        {%- for percent in [5, 25, 50, 75, 95] %}
        percentile_cont({{ percent * 0.01 }}) within group (order by measure_value) as p{{ percent }}
        {{- ',' if not loop.last }}
        {%- endfor %}
    from measures
    group by measure, customer_segment
),

final as (
    select
        moments.measure,
        moments.customer_segment,
        names.measure_label,
        names.measure_rank,
        segments.segment_rank,
        names.is_log,
        moments.customer_count,
        moments.mean_value,
        moments.variance,
        moments.p5,
        moments.p25,
        moments.p50,
        moments.p75,
        moments.p95,
        calendar.as_of
    from moments
    inner join names on moments.measure = names.measure
    inner join segments on moments.customer_segment = segments.customer_segment
    cross join calendar
)

select
    *,
    {{ money_note() }}
from final
