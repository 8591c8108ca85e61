{%- set factors = credit_approval_factors() -%}
with

customer_levels as (
    select * from {{ ref('agg_customer_approvals') }}
),

calendar as (
    select as_of from {{ ref('int_as_of') }}
),

levels as (
    select
        factor,
        factor_rank,
        is_protected_class,
        level,
        cast(sum(decided_count) as bigint) as decided_count,
        cast(sum(approved_count) as bigint) as approved_count,
        {{ cluster_sums('approved_count', 'decided_count') }}
    from customer_levels
    group by factor, factor_rank, is_protected_class, level
),

band_ranks as (
    select
        factor,
        level,
        band_rank
    from (
        values
        {%- for factor in factors if factor.bands %}
        {%- set last_factor = loop.last %}
        {%- for band in bands(factor.bands) %}
        ('{{ factor.name }}', '{{ band.name }}', {{ loop.index }})
        {{- ',' if not (loop.last and last_factor) }}
        {%- endfor %}
        {%- endfor %}
    ) as listed (factor, level, band_rank)
),

-- The reference is the commonest level: its rate is known best. Of a protected class it is the one
-- approved most often among those large enough to tell (29 CFR 1607.4(D)); the others where none
-- is.
ranked as (
    select
        levels.*,
        {{ design_effect('levels.approved_count', 'levels.decided_count') }} as design_effect,
        row_number() over (
            partition by levels.factor
            order by
                coalesce(band_ranks.band_rank, 99) asc,
                levels.decided_count desc,
                levels.level asc
        ) as level_rank,
        row_number() over (
            partition by levels.factor
            order by
                case
                    when not levels.is_protected_class then 0
                    when levels.level = 'Unknown' then 2
                    when levels.decided_count >= {{ var('adverse_impact_min_count') }} then 0
                    else 1
                end asc,
                case
                    when levels.is_protected_class
                        then {{ ratio('levels.approved_count', 'levels.decided_count') }}
                end desc nulls last,
                levels.decided_count desc,
                levels.level asc
        ) as reference_rank
    from levels
    left join band_ranks
        on levels.factor = band_ranks.factor
            and levels.level = band_ranks.level
),

final as (
    select
        ranked.factor,
        ranked.level,
        ranked.factor_rank,
        cast(ranked.level_rank as integer) as level_rank,
        ranked.is_protected_class,
        ranked.reference_rank = 1 as is_reference,
        ranked.decided_count,
        ranked.approved_count,
        {{ ratio('ranked.approved_count', 'ranked.decided_count') }} as approval_rate,
        ranked.cluster_count as customer_count,
        ranked.design_effect,
        {{ wilson_interval(
            ratio('ranked.approved_count', 'ranked.design_effect'),
            ratio('ranked.decided_count', 'ranked.design_effect')
        ) }},
        calendar.as_of
    from ranked
    cross join calendar
)

select * from final
