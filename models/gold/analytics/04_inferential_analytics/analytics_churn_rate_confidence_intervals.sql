{#- The customary limits of a funnel plot: two and three standard deviations, nearly. -#}
{%- set funnel_levels = {'95': 0.95, '998': 0.998} -%}
{%- set share = var('funnel_winsorised_share') -%}
{%- set winsorised =
    'least(greatest(levels.chance_z, winsor_limits.lowest_z), winsor_limits.highest_z)' -%}
with

levels as (
    select * from {{ ref('agg_churn_levels') }}
),

calendar as (
    select as_of from {{ ref('int_as_of') }}
),

winsor_limits as (
    select
        rate_basis,
        dimension,
        percentile_cont({{ share }}) within group (order by chance_z) as lowest_z,
        percentile_cont({{ 1 - share }}) within group (order by chance_z) as highest_z
    from levels
    group by rate_basis, dimension
),

-- How much more the levels vary than chance alone would have them; never less than 1. Among few
-- levels that cannot be told from a difference that is real, and would hide it.
dispersions as (
    select
        levels.rate_basis,
        levels.dimension,
        case
            when count(*) >= {{ var('overdispersion_min_levels') }}
                then greatest(avg({{ f8(winsorised ~ ' * ' ~ winsorised) }}), 1)
            else 1
        end as overdispersion_factor
    from levels
    inner join winsor_limits
        on levels.rate_basis = winsor_limits.rate_basis
            and levels.dimension = winsor_limits.dimension
    group by levels.rate_basis, levels.dimension
),

rates as (
    select
        levels.*,
        levels.rate_basis = '12-month cohort' as is_share,
        dispersions.overdispersion_factor,
        sqrt(greatest(dispersions.overdispersion_factor, 1)) as spread,
        levels.overall_rate * levels.exposure_count as expected_count,
        9 * sqrt(greatest(
            dispersions.overdispersion_factor * levels.overall_rate * levels.exposure_count, 0
        )) as widest,
        {{ wilson_interval(
            'levels.churn_count', 'levels.exposure_count', 'wilson_low', 'wilson_high'
        ) }},
        {{ exact_poisson_interval(
            'levels.churn_count', 'levels.exposure_count', 'poisson_low', 'poisson_high'
        ) }}
    from levels
    inner join dispersions
        on levels.rate_basis = dispersions.rate_basis
            and levels.dimension = dispersions.dimension
),

-- Where the limits may lie: all counts within nine standard deviations, or nearly none.
ranges as (
    select
        *,
        cast(floor(greatest(expected_count - widest, 0)) as integer)
            as first_count,
        cast(
            ceil(least(
                expected_count + widest + 20,
                case when is_share then exposure_count end
            )) as integer
        ) as last_count,
        {%- for percent, level in funnel_levels.items() %}
        {{ stats_schema() }}.normal_cdf(-{{ confidence_z(level) }} * spread) as tail_{{ percent }}
        {{- ',' if not loop.last }}
        {%- endfor %}
    from rates
),

candidates as (
    select
        ranges.rate_basis,
        ranges.dimension,
        ranges.level,
        ranges.tail_95,
        ranges.tail_998,
        ranges.is_share,
        ranges.overall_rate,
        ranges.expected_count,
        {{ f8('ranges.exposure_count') }} as exposure_count,
        {{ f8('counts.n') }} as candidate_count
    from ranges
    cross join lateral {{ int_series('ranges.first_count', 'ranges.last_count') }} as counts
),

-- Arguments are columns: DuckDB writes an argument out at each use.
chances as (
    select
        rate_basis,
        dimension,
        level,
        tail_95,
        tail_998,
        candidate_count,
        case
            when is_share
                then {{ stats_schema() }}.binomial_pmf(candidate_count, exposure_count, overall_rate)
            else {{ stats_schema() }}.poisson_pmf(candidate_count, expected_count)
        end as chance
    from candidates
),

-- The chance of so few, and of so many, half the chance of the count itself included (mid-p).
tails as (
    select
        *,
        sum(chance) over (
            partition by rate_basis, dimension, level
            order by candidate_count
            rows between unbounded preceding and current row
        ) - 0.5e0 * chance as chance_of_fewer,
        sum(chance) over (
            partition by rate_basis, dimension, level
            order by candidate_count desc
            rows between unbounded preceding and current row
        ) - 0.5e0 * chance as chance_of_more
    from chances
),

neighbours as (
    select
        *,
        lead(chance_of_fewer) over candidate_rows as next_chance_of_fewer,
        lead(chance_of_more) over candidate_rows as next_chance_of_more
    from tails
    window candidate_rows as (
        partition by rate_basis, dimension, level order by candidate_count
    )
),

-- Where the tails are as small as a limit says, between two counts in proportion.
limits as (
    select
        rate_basis,
        dimension,
        level,
        {%- for percent in funnel_levels %}
        max(
            case
                when chance_of_fewer <= tail_{{ percent }} and next_chance_of_fewer > tail_{{ percent }}
                    then candidate_count + {{ ratio(
                        'tail_' ~ percent ~ ' - chance_of_fewer', 'next_chance_of_fewer - chance_of_fewer'
                    ) }}
            end
        ) as count_{{ percent }}_low,
        max(
            case
                when chance_of_more > tail_{{ percent }} and next_chance_of_more <= tail_{{ percent }}
                    then candidate_count + {{ ratio(
                        'chance_of_more - tail_' ~ percent, 'chance_of_more - next_chance_of_more'
                    ) }}
            end
        ) as count_{{ percent }}_high
        {{- ',' if not loop.last }}
        {%- endfor %}
    from neighbours
    group by rate_basis, dimension, level
),

-- A limit that no count reaches is that of nobody, or of everybody.
limited as (
    select
        rates.*,
        case when rates.is_share then rates.wilson_low else rates.poisson_low end as ci_low,
        case when rates.is_share then rates.wilson_high else rates.poisson_high end as ci_high,
        {{ ratio('rates.chance_z', 'rates.spread') }} as z_score,
        {%- for percent in funnel_levels %}
        coalesce({{ ratio('limits.count_' ~ percent ~ '_low', 'rates.exposure_count') }}, 0)
            as limit_{{ percent }}_low,
        coalesce({{ ratio('limits.count_' ~ percent ~ '_high', 'rates.exposure_count') }}, 1)
            as limit_{{ percent }}_high
        {{- ',' if not loop.last }}
        {%- endfor %}
    from rates
    inner join limits
        on rates.rate_basis = limits.rate_basis
            and rates.dimension = limits.dimension
            and rates.level = limits.level
),

-- The ranks that a level may really have: below those clearly above it, above those clearly below.
rank_ranges as (
    select
        limited.rate_basis,
        limited.dimension,
        limited.level,
        1 + count(*) filter (where others.ci_low > limited.ci_high) as highest_rank,
        count(*) - count(*) filter (where others.ci_high < limited.ci_low) as lowest_rank
    from limited
    inner join limited as others
        on limited.rate_basis = others.rate_basis
            and limited.dimension = others.dimension
    group by limited.rate_basis, limited.dimension, limited.level
),

final as (
    select
        limited.rate_basis,
        limited.dimension,
        limited.level,
        limited.dimension_rank,
        limited.exposure_count,
        limited.churn_count,
        limited.churn_rate,
        case
            when limited.is_share then sqrt(greatest({{ ratio(
                'limited.churn_rate * (1 - limited.churn_rate)', 'limited.exposure_count'
            ) }}, 0))
            else {{ ratio('sqrt(greatest(limited.churn_count, 0))', 'limited.exposure_count') }}
        end as standard_error,
        limited.ci_low,
        limited.ci_high,
        case when limited.is_share then 'Wilson' else 'Exact Poisson' end as interval_method,
        limited.overall_rate,
        limited.overdispersion_factor,
        limited.limit_95_low,
        limited.limit_95_high,
        limited.limit_998_low,
        limited.limit_998_high,
        limited.z_score,
        case
            when limited.churn_rate < limited.limit_998_low
                or limited.churn_rate > limited.limit_998_high then 'Outside 99.8 %'
            when limited.churn_rate < limited.limit_95_low
                or limited.churn_rate > limited.limit_95_high then 'Outside 95 %'
            else 'Inside'
        end as funnel_zone,
        cast(
            rank() over (
                partition by limited.rate_basis, limited.dimension
                order by limited.churn_rate desc
            ) as integer
        ) as churn_rank,
        cast(rank_ranges.highest_rank as integer) as highest_rank,
        cast(rank_ranges.lowest_rank as integer) as lowest_rank,
        rank_ranges.highest_rank < rank_ranges.lowest_rank as is_rank_overlapped,
        calendar.as_of
    from limited
    inner join rank_ranges
        on limited.rate_basis = rank_ranges.rate_basis
            and limited.dimension = rank_ranges.dimension
            and limited.level = rank_ranges.level
    cross join calendar
)

select * from final
