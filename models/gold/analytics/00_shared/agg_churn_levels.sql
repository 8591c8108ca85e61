{#- What customers are grouped by: the name for readers and the column. Segment, tier, risk, score
   band and state are those of the version at the start, tenure and products too; the others are
   the customer's of today. -#}
{%- set dimensions = [
    ('Segment', 'customer_segment'),
    ('Loyalty tier', 'loyalty_tier'),
    ('Risk segment', 'risk_segment'),
    ('Credit score', 'credit_score_band'),
    ('Tenure', 'tenure_band'),
    ('Products held', 'product_band'),
    ('State', 'state'),
    ('Birth years', 'birth_year_band'),
    ('Income', 'income_band'),
    ('Acquisition channel', 'acquisition_channel'),
] -%}
{%- set stats = stats_schema() -%}
with

exposure as (
    select * from {{ ref('pop_churn_exposure') }}
),

customer_versions as (
    select * from {{ ref('dim_customer') }}
),

-- One pass over the exposure, not one a dimension.
members as (
    select
        exposure.rate_basis,
        dimensions.dimension,
        dimensions.dimension_rank,
        coalesce(
            case dimensions.dimension
                {%- for name, column in dimensions %}
                when '{{ name }}' then {{ column }}
                {%- endfor %}
            end,
            'Unknown'
        ) as level,
        exposure.exposure_count,
        exposure.churn_count
    from exposure
    inner join customer_versions on exposure.customer_key = customer_versions.customer_key
    cross join (
        values
        {%- for name, column in dimensions %}
        ('{{ name }}', {{ loop.index }}){{ ',' if not loop.last }}
        {%- endfor %}
    ) as dimensions (dimension, dimension_rank)
),

levels as (
    select
        rate_basis,
        dimension,
        dimension_rank,
        level,
        cast(sum(exposure_count) as bigint) as exposure_count,
        cast(sum(churn_count) as bigint) as churn_count
    from members
    group by rate_basis, dimension, dimension_rank, level
),


-- A dimension with one level compares nothing.
rates as (
    select
        *,
        {{ ratio('churn_count', 'exposure_count') }} as churn_rate,
        {{ ratio(
            'sum(churn_count) over dimension_rows', 'sum(exposure_count) over dimension_rows'
        ) }} as overall_rate,
        cast(count(*) over dimension_rows as integer) as level_count
    from levels
    window dimension_rows as (partition by rate_basis, dimension)
),

-- Arguments of statistical functions are columns: DuckDB writes an argument out at each use.
compared as (
    select
        *,
        {{ f8('churn_count') }} as k,
        {{ f8('exposure_count') }} as n,
        overall_rate * exposure_count as expected_count,
        churn_count >= overall_rate * exposure_count as is_high
    from rates
    where level_count > 1
),

-- The chance of so few, or so many, half the chance of the count itself included (mid-p, so that
-- the score is 0 in the middle); of the smaller tail, which keeps its digits.
tails as (
    select
        *,
        case
            when rate_basis = '12-month cohort' and is_high
                then {{ stats }}.binomial_sf(k, n, overall_rate)
                    + 0.5e0 * {{ stats }}.binomial_pmf(k, n, overall_rate)
            when rate_basis = '12-month cohort'
                then {{ stats }}.binomial_cdf(k, n, overall_rate)
                    - 0.5e0 * {{ stats }}.binomial_pmf(k, n, overall_rate)
            when is_high
                then {{ stats }}.poisson_sf(k, expected_count)
                    + 0.5e0 * {{ stats }}.poisson_pmf(k, expected_count)
            else {{ stats }}.poisson_cdf(k, expected_count)
                - 0.5e0 * {{ stats }}.poisson_pmf(k, expected_count)
        end as tail
    from compared
),

-- At most 37 deviations, where the tail leaves the range of doubles.
bounded as (
    select
        *,
        greatest(tail, 1e-300) as bounded_tail
    from tails
),

final as (
    select
        rate_basis,
        dimension,
        level,
        dimension_rank,
        level_count,
        exposure_count,
        churn_count,
        churn_rate,
        overall_rate,
        case when is_high then -1 else 1 end * {{ stats }}.normal_quantile(bounded_tail) as chance_z
    from bounded
)

select * from final
