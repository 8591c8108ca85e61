with

customers as (
    select * from {{ ref('pop_customer_periods') }} where period = 'current' and is_customer
),

us_states as (
    select * from {{ ref('ref_us_states') }}
),

calendar as (
    select as_of from {{ ref('int_as_of') }}
),

totals as (
    select
        state,
        count(*) as customer_count,
        count(*) filter (where is_active) as active_customer_count,
        {%- for kind in balance_kinds() %}
        cast(sum({{ kind }}) as decimal(18, 3)) as {{ kind }},
        {%- endfor %}
        cast(sum(income_amount) as decimal(18, 3)) as income_amount
    from customers
    group by state
),

-- States without customers belong to the picture of a bank of the United States, and to no other.
joined as (
    select
        coalesce(totals.state, us_states.state_code) as state,
        us_states.*,
        coalesce(totals.customer_count, 0) as customer_count,
        coalesce(totals.active_customer_count, 0) as active_customer_count,
        {%- for kind in balance_kinds() %}
        coalesce(totals.{{ kind }}, 0) as {{ kind }},
        {%- endfor %}
        coalesce(totals.income_amount, 0) as income_amount,
        count(case when us_states.state_code = totals.state then 1 end) over () as us_state_count
    from totals
    full join us_states on totals.state = us_states.state_code
),

final as (
    select
        cast(row_number() over (order by joined.customer_count desc, joined.state asc) as integer)
            as state_rank,
        joined.state,
        coalesce(joined.state_name, joined.state) as state_name,
        joined.customer_count,
        {{ ratio('joined.customer_count', 'sum(joined.customer_count) over ()') }}
            as customer_share_rate,
        joined.active_customer_count,
        cast(joined.adult_count as bigint) as adult_count,
        {{ ratio('joined.customer_count * 100000', 'joined.adult_count') }}
            as customers_per_100k_adults,
        joined.deposit_balance_amount,
        {{ mean_amount(ratio('joined.deposit_balance_amount', 'joined.customer_count')) }}
            as mean_deposit_balance_amount,
        joined.invested_balance_amount,
        joined.other_balance_amount,
        joined.owed_balance_amount,
        joined.income_amount,
        {{ f8('joined.latitude') }} as latitude,
        {{ f8('joined.longitude') }} as longitude,
        joined.tile_row,
        joined.tile_column,
        calendar.as_of
    from joined
    cross join calendar
    where joined.customer_count > 0 or joined.us_state_count > 0
)

select
    *,
    {{ money_note() }}
from final
