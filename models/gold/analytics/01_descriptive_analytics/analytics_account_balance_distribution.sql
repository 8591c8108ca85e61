with

accounts as (
    select * from {{ ref('pop_account_periods') }} where period = 'current' and is_open
),

{{ balance_bins() }},

sized as (
    select
        accounts.product_category,
        accounts.owed_balance_amount > 0 as is_owed,
        abs(accounts.balance_amount) as size_amount,
        accounts.as_of
    from accounts
),

final as (
    select
        sized.product_category,
        balance_bins.bin_number,
        balance_bins.lower_amount,
        balance_bins.upper_amount,
        count(*) as account_count,
        count(*) filter (where sized.is_owed) as owing_account_count,
        {{ ratio('count(*)', 'sum(count(*)) over (partition by sized.product_category)') }}
            as share_of_category_rate,
        cast(sum(sized.size_amount) as decimal(18, 3)) as size_amount,
        max(sized.as_of) as as_of
    from sized
    inner join balance_bins
        on sized.size_amount >= balance_bins.lower_amount
            and (sized.size_amount < balance_bins.upper_amount or balance_bins.upper_amount is null)
    group by
        sized.product_category,
        balance_bins.bin_number,
        balance_bins.lower_amount,
        balance_bins.upper_amount
)

select
    *,
    {{ money_note() }}
from final
