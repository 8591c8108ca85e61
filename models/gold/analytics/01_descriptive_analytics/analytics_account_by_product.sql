with

accounts as (
    select * from {{ ref('pop_account_periods') }} where period = 'current'
),

totals as (
    select
        product_key,
        product_id,
        product_name,
        product_category,
        account_status,
        count(*) as account_count,
        {%- for kind in balance_kinds() %}
        cast(sum({{ kind }}) as decimal(18, 3)) as {{ kind }},
        {%- endfor %}
        sum(balance_amount) as balance_amount,
        max(as_of) as as_of
    from accounts
    group by product_key, product_id, product_name, product_category, account_status
),

product_totals as (
    select
        *,
        sum(account_count) over (partition by product_id) as product_account_count,
        sum(account_count) over () as all_account_count
    from totals
),

final as (
    select
        cast(
            dense_rank() over (
                order by product_account_count desc, product_name asc, product_id asc
            ) as integer
        ) as product_rank,
        product_key,
        product_id,
        product_name,
        product_category,
        account_status,
        account_count,
        {{ ratio('account_count', 'product_account_count') }} as share_of_product_rate,
        {{ ratio('account_count', 'all_account_count') }} as account_share_rate,
        {%- for kind in balance_kinds() %}
        {{ kind }},
        {%- endfor %}
        {{ mean_amount(ratio('balance_amount', 'account_count')) }}
            as mean_balance_amount,
        as_of
    from product_totals
)

select
    *,
    {{ money_note() }}
from final
