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
        coalesce(applications.customer_id, 'Unknown') as customer_id,
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

final as (
    select
        factor,
        factor_rank,
        is_protected_class,
        coalesce(level, 'Unknown') as level,
        customer_id,
        count(*) as decided_count,
        count(*) filter (where is_approved) as approved_count
    from members
    group by factor, factor_rank, is_protected_class, coalesce(level, 'Unknown'), customer_id
)

select * from final
