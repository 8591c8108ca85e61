with

{{ import_ctes({
    'dim_product': ref('dim_product'),
    'enrollments': ref('fact_product_enrollments'),
    'calendar': ref('int_as_of'),
}) -}}

accounts as (
    select * from {{ ref('pop_account_periods') }} where period in ('current', 'prior_year')
),

account_holders as (
    select * from {{ ref('pop_account_periods') }} where period = 'current' and is_open
),

-- Some products, often insurance, are held without an account.
holdings as (
    select
        product_key,
        customer_id
    from account_holders
    union
    select
        product_key,
        customer_id
    from enrollments
    where is_active
),

holders as (
    select
        product_key,
        count(*) as holder_count
    from holdings
    group by product_key
),

totals as (
    select
        product_key,
        count(*) filter (where period = 'current' and is_open) as open_account_count,
        count(*) filter (where period = 'prior_year' and is_open) as prior_year_account_count,
        {%- for kind in balance_kinds() %}
        {{ money_sum("period = 'current'", kind) }} as {{ kind }},
        {%- endfor %}
        {{ money_sum("period = 'current'", 'abs(balance_amount)') }} as balance_amount,
        {{ money_sum("period = 'prior_year'", 'abs(balance_amount)') }} as prior_year_balance_amount,
        {{ money_sum("period = 'current'", 'fee_income_amount') }} as fee_income_amount,
        {{ money_sum("period = 'current'", 'interest_income_amount') }} as interest_income_amount,
        {{ money_sum("period = 'prior_year'", 'fee_income_amount + interest_income_amount') }}
            as prior_year_income_amount
    from accounts
    group by product_key
),

measured as (
    select
        dim_product.product_key,
        dim_product.product_id,
        dim_product.product_name,
        dim_product.category as product_category,
        dim_product.is_active as is_offered,
        coalesce(holders.holder_count, 0) as holder_count,
        {%- for column in [
            'open_account_count', 'prior_year_account_count', 'prior_year_balance_amount',
            'fee_income_amount', 'interest_income_amount', 'prior_year_income_amount',
        ] + balance_kinds() %}
        coalesce(totals.{{ column }}, 0) as {{ column }},
        {%- endfor %}
        coalesce(totals.fee_income_amount + totals.interest_income_amount, 0) as income_amount,
        coalesce(totals.balance_amount, 0) as balance_amount
    from dim_product
    left join totals on dim_product.product_key = totals.product_key
    left join holders on dim_product.product_key = holders.product_key
    where dim_product.product_key <> -1
        or totals.product_key is not null
        or holders.product_key is not null
),

final as (
    select
        cast(
            row_number() over (
                order by
                    measured.holder_count desc, measured.product_name asc, measured.product_id asc
            ) as integer
        ) as product_rank,
        measured.product_key,
        measured.product_id,
        measured.product_name,
        measured.product_category,
        measured.is_offered,
        measured.holder_count,
        measured.open_account_count,
        measured.prior_year_account_count,
        {{ ratio('measured.open_account_count', 'measured.prior_year_account_count') }} - 1
            as account_growth_rate,
        {%- for kind in balance_kinds() %}
        measured.{{ kind }},
        {%- endfor %}
        measured.prior_year_balance_amount,
        {{ ratio('measured.balance_amount', 'measured.prior_year_balance_amount') }} - 1
            as balance_growth_rate,
        measured.fee_income_amount,
        measured.interest_income_amount,
        measured.income_amount,
        {{ ratio('measured.income_amount', 'sum(measured.income_amount) over ()') }}
            as income_share_rate,
        {{ dec(ratio('measured.income_amount', 'measured.holder_count')) }}
            as income_per_holder_amount,
        measured.prior_year_income_amount,
        {{ ratio('measured.income_amount', 'measured.prior_year_income_amount') }} - 1
            as income_growth_rate,
        calendar.as_of
    from measured
    cross join calendar
)

select * from final
