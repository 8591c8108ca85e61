{%- set percentiles = [1, 5, 25, 50, 75, 95, 99] %}

with

accounts as (
    select * from {{ ref('pop_account_periods') }} where period = 'current' and is_open
),

sized as (
    select
        product_category,
        owed_balance_amount > 0 as is_owed,
        abs(balance_amount) as size_amount,
        as_of
    from accounts
),

profiles as (
    select
        product_category,
        count(*) as account_count,
        count(*) filter (where is_owed) as owing_account_count,
        count(*) filter (where size_amount = 0) as empty_account_count,
        avg({{ f8('size_amount') }}) as mean_size,
        min(size_amount) as minimum_amount,
        {%- for percentile in percentiles %}
        percentile_cont(0.{{ '%02d' % percentile }}) within group (order by {{ f8('size_amount') }})
            as percentile_{{ '%02d' % percentile }},
        {%- endfor %}
        max(size_amount) as maximum_amount,
        max(as_of) as as_of
    from sized
    group by product_category
),

final as (
    select
        product_category,
        account_count,
        owing_account_count,
        empty_account_count,
        {{ mean_amount('mean_size') }} as mean_amount,
        minimum_amount,
        {%- for percentile in percentiles %}
        {{ quantile_amount('percentile_%02d' % percentile) }} as percentile_{{ '%02d' % percentile }}_amount,
        {%- endfor %}
        maximum_amount,
        as_of
    from profiles
)

select
    *,
    {{ money_note() }}
from final
