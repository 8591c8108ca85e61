{#- Widths with round edges, 0.01 to 5 billion. -#}
{%- set stats = stats_schema() %}
{%- set bins = var('clv_max_bins') | int %}

with

{{ import_ctes({
    'profile': ref('analytics_customer_lifetime_value_distribution_profile'),
}) -}}

{{ lifetime_values(ref('pop_customer_periods')) }},

widths as (
    select cast(width as decimal(18, 3)) as width
    from (
        values
        {%- for decade in range(-2, 10) %}
        {%- set is_last = loop.last %}
        {%- for step in [1, 2, 5] %}
        ({{ step * 10 ** decade }}){{ ',' if not (loop.last and is_last) }}
        {%- endfor %}
        {%- endfor %}
    ) as candidates (width)
),

-- Both distributions that are fitted, side by side. Bins end at the highest value but for the
-- largest hundredth, which fall in a last one that is open.
fits as (
    select
        max(case when value_scale = 'raw' then customer_count end) as customer_count,
        max(case when value_scale = 'raw' then estimate end) as mean,
        max(case when value_scale = 'raw' then standard_deviation end) as deviation,
        max(case when value_scale = 'raw' then least(minimum_value, 0) end) as lowest,
        max(case when value_scale = 'raw' then winsorised_bound end) as highest,
        max(case when value_scale = 'log' then customer_count end) as positive_count,
        max(case when value_scale = 'log' then estimate end) as log_mean,
        max(case when value_scale = 'log' then standard_deviation end) as log_deviation,
        max(as_of) as as_of
    from profile
    where customer_segment = 'All'
),

chosen as (
    select min(widths.width) as width
    from widths
    inner join fits on {{ bins }} * {{ f8('widths.width') }} >= fits.highest - fits.lowest
),

valued as (
    select
        cast(floor({{ ratio('lifetime_values.lifetime_value', 'chosen.width') }}) as integer) as step,
        cast(floor({{ ratio('fits.lowest', 'chosen.width') }}) as integer) as first_step,
        cast(floor({{ ratio('fits.highest', 'chosen.width') }}) as integer) as last_step
    from lifetime_values
    cross join fits
    cross join chosen
    where lifetime_values.value_scale = 'raw'
),

counted as (
    select
        first_step,
        last_step,
        least(step, last_step + 1) - first_step + 1 as bin_number,
        count(*) as customer_count
    from valued
    group by first_step, last_step, least(step, last_step + 1) - first_step + 1
),

ranges as (
    select distinct
        first_step,
        last_step
    from counted
),

binned as (
    select
        numbers.n as bin_number,
        cast((ranges.first_step + numbers.n - 1) * chosen.width as decimal(18, 3)) as lower_amount,
        case
            when ranges.first_step + numbers.n - 1 <= ranges.last_step
                then cast((ranges.first_step + numbers.n) * chosen.width as decimal(18, 3))
        end as upper_amount,
        coalesce(counted.customer_count, 0) as customer_count,
        fits.customer_count as all_count,
        fits.mean,
        fits.deviation,
        fits.positive_count,
        fits.log_mean,
        fits.log_deviation,
        fits.as_of
    from ranges
    cross join fits
    cross join chosen
    inner join {{ int_series(1, bins + 3) }} as numbers
        on ranges.first_step + numbers.n - 1 <= ranges.last_step + 1
    left join counted on numbers.n = counted.bin_number
),

-- Distances of the edges and the middle from the centre, in standard deviations.
scaled as (
    select
        binned.*,
        {{ f8('upper_amount') }} - {{ f8('lower_amount') }} as bin_width,
        {%- for edge, value in {
            'lower': f8('lower_amount'),
            'upper': f8('upper_amount'),
            'middle': '0.5e0 * (' ~ f8('lower_amount') ~ ' + ' ~ f8('upper_amount') ~ ')',
        }.items() %}
        {{ ratio(value ~ ' - mean', 'deviation') }} as {{ edge }}_z,
        {{ ratio(
            'ln(case when ' ~ value ~ ' > 0 then ' ~ value ~ ' end) - log_mean', 'log_deviation'
        ) }} as {{ edge }}_log_z,
        {%- endfor %}
        0.5e0 * ({{ f8('lower_amount') }} + {{ f8('upper_amount') }}) as middle_value
    from binned
),

-- Below the lowest edge the normal distribution goes on, the lognormal ends at 0.
final as (
    select
        bin_number,
        lower_amount,
        upper_amount,
        customer_count,
        {{ ratio('customer_count', 'all_count') }} as share_rate,
        {{ ratio('customer_count', 'all_count * bin_width') }} as density,
        {{ ratio(stats ~ '.normal_pdf(middle_z)', 'deviation') }} as normal_density,
        case
            when middle_value > 0
                then {{ ratio('positive_count', 'all_count') }} * {{ ratio(
                    stats ~ '.normal_pdf(middle_log_z)', 'middle_value * log_deviation'
                ) }}
            when log_deviation > 0 and middle_value is not null then 0
        end as lognormal_density,
        all_count * (
            case when upper_amount is null then 1 else {{ stats }}.normal_cdf(upper_z) end
            - case when bin_number = 1 then 0 else {{ stats }}.normal_cdf(lower_z) end
        ) as normal_expected_count,
        positive_count * (
            case
                when upper_amount is null then 1
                when upper_amount <= 0 then 0
                else {{ stats }}.normal_cdf(upper_log_z)
            end
            - case when lower_amount <= 0 then 0 else {{ stats }}.normal_cdf(lower_log_z) end
        ) as lognormal_expected_count,
        as_of
    from scaled
)

select
    *,
    {{ money_note() }}
from final
