with

{{ import_ctes({
    'dim_product': ref('dim_product'),
    'enrollments': ref('fact_product_enrollments'),
    'anchors': ref('int_account_balance_anchors'),
    'closures': ref('int_account_closures'),
    'reopenings': ref('int_account_closures'),
    'periods': ref('cal_reporting_periods'),
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

income_year as (
    select
        year_start_date,
        end_date,
        {{ days_between('year_start_date', 'end_date') }} + 1 as day_count
    from periods
    where period = 'current'
),

-- An account is held from its opening to the day before its closing, and again from a reopening on.
turns as (
    select
        account_id,
        open_date as turn_date,
        1 as is_held
    from anchors
    union all
    select
        account_id,
        closed_date as turn_date,
        0 as is_held
    from closures
    union all
    select
        account_id,
        reopened_date as turn_date,
        1 as is_held
    from reopenings
    where reopened_date is not null
),

stretches as (
    select
        account_id,
        is_held,
        turn_date,
        lead(turn_date) over (
            partition by account_id
            order by turn_date asc, is_held desc
        ) as next_turn_date
    from turns
),

-- The days of the twelve months on which a customer held the product, once for each holding. A
-- closed account counts too: its income does. The sources do not tell when an enrolment ended.
spans as (
    select
        accounts.product_key,
        accounts.customer_id,
        accounts.account_id as holding_id,
        greatest(stretches.turn_date, income_year.year_start_date) as first_day,
        case
            when stretches.next_turn_date <= income_year.end_date
                then {{ add_days('stretches.next_turn_date', -1) }}
            else income_year.end_date
        end as last_day
    from accounts
    inner join stretches on accounts.account_id = stretches.account_id
    cross join income_year
    where accounts.period = 'current' and stretches.is_held = 1
    union all
    select
        enrollments.product_key,
        enrollments.customer_id,
        enrollments.enrollment_id as holding_id,
        greatest(enrollments.enrollment_date, income_year.year_start_date) as first_day,
        income_year.end_date as last_day
    from enrollments
    cross join income_year
    where enrollments.is_active
),

earlier_spans as (
    select
        *,
        max(last_day) over (
            partition by product_key, customer_id
            order by first_day, holding_id
            rows between unbounded preceding and 1 preceding
        ) as covered_to
    from spans
    where first_day <= last_day
),

held as (
    select
        product_key,
        sum(
            case
                when covered_to >= last_day then 0
                when covered_to >= first_day then {{ days_between('covered_to', 'last_day') }}
                else {{ days_between('first_day', 'last_day') }} + 1
            end
        ) as held_day_count
    from earlier_spans
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
        {{ money_sum("period = 'current'", 'interest_expense_amount') }} as interest_expense_amount,
        {{ money_sum("period = 'current'", 'income_amount') }} as income_amount,
        {{ money_sum("period = 'prior_year'", 'income_amount') }} as prior_year_income_amount
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
            'fee_income_amount', 'interest_income_amount', 'interest_expense_amount',
            'income_amount', 'prior_year_income_amount',
        ] + balance_kinds() %}
        coalesce(totals.{{ column }}, 0) as {{ column }},
        {%- endfor %}
        coalesce({{ ratio('held.held_day_count', 'income_year.day_count') }}, 0) as mean_holder_count,
        coalesce(totals.balance_amount, 0) as balance_amount
    from dim_product
    left join totals on dim_product.product_key = totals.product_key
    left join holders on dim_product.product_key = holders.product_key
    left join held on dim_product.product_key = held.product_key
    cross join income_year
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
        measured.interest_expense_amount,
        measured.income_amount,
        case
            when sum(measured.income_amount) over () > 0
                then {{ ratio('measured.income_amount', 'sum(measured.income_amount) over ()') }}
        end as income_share_rate,
        measured.mean_holder_count,
        {{ mean_amount(ratio('measured.income_amount', 'measured.mean_holder_count')) }}
            as income_per_holder_amount,
        measured.prior_year_income_amount,
        case
            when measured.prior_year_income_amount > 0
                then {{ ratio('measured.income_amount', 'measured.prior_year_income_amount') }} - 1
        end as income_growth_rate,
        calendar.as_of
    from measured
    cross join calendar
)

select
    *,
    {{ money_note() }}
from final
