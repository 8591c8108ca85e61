{%- set factors = credit_approval_factors() -%}
with

applications as (
    select * from {{ ref('fact_credit_applications') }}
),

customer_versions as (
    select * from {{ ref('dim_customer') }}
),

products as (
    select * from {{ ref('dim_product') }}
),

calendar as (
    select as_of from {{ ref('int_as_of') }}
),

-- One pass over the applications, not one a factor.
members as (
    select
        factors.factor,
        factors.factor_rank,
        factors.is_protected_class,
        case factors.factor
            {%- for factor in factors %}
            when '{{ factor.name }}' then {{ factor.sql }}
            {%- endfor %}
        end as level,
        applications.is_approved
    from applications
    inner join customer_versions on applications.customer_key = customer_versions.customer_key
    inner join products on applications.product_key = products.product_key
    cross join (
        values
        {%- for factor in factors %}
        ('{{ factor.name }}', {{ loop.index }}, {{ factor.get('protected', false) }})
        {{- ',' if not loop.last }}
        {%- endfor %}
    ) as factors (factor, factor_rank, is_protected_class)
    where not applications.is_pending
),

levels as (
    select
        factor,
        factor_rank,
        is_protected_class,
        coalesce(level, 'Unknown') as level,
        count(*) as decided_count,
        count(*) filter (where is_approved) as approved_count
    from members
    group by factor, factor_rank, is_protected_class, coalesce(level, 'Unknown')
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

-- The reference is the commonest level: its rate is known best.
ranked as (
    select
        levels.*,
        row_number() over (
            partition by levels.factor
            order by
                coalesce(band_ranks.band_rank, 99) asc,
                levels.decided_count desc,
                levels.level asc
        ) as level_rank,
        row_number() over (
            partition by levels.factor order by levels.decided_count desc, levels.level asc
        ) as size_rank
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
        ranked.size_rank = 1 as is_reference,
        ranked.decided_count,
        ranked.approved_count,
        {{ ratio('ranked.approved_count', 'ranked.decided_count') }} as approval_rate,
        {{ wilson_interval('ranked.approved_count', 'ranked.decided_count') }},
        calendar.as_of
    from ranked
    cross join calendar
)

select * from final
