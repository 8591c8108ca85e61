with

customers as (
    select * from {{ ref('pop_customer_periods') }} where period = 'current'
),

totals as (
    select
        age_band,
        relationship,
        count(*) as customer_count,
        {%- for kind in balance_kinds() %}
        cast(sum({{ kind }}) as decimal(18, 3)) as {{ kind }},
        {%- endfor %}
        max(as_of) as as_of
    from customers
    group by age_band, relationship
),

final as (
    select
        {{ band_number('age_band', 'age') }} as band_number,
        age_band,
        relationship,
        relationship <> 'Left' as is_customer,
        customer_count,
        {{ ratio('customer_count', 'sum(customer_count) over ()') }} as customer_share_rate,
        {{ ratio('customer_count', 'sum(customer_count) over (partition by age_band)') }}
            as share_of_band_rate,
        {%- for kind in balance_kinds() %}
        {{ kind }},
        {%- endfor %}
        {{ mean_amount(ratio('deposit_balance_amount', 'customer_count')) }}
            as mean_deposit_balance_amount,
        as_of
    from totals
)

select
    *,
    {{ money_note() }}
from final
