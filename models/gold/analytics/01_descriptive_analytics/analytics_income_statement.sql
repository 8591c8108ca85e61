{#- Each line: the amount of an account that goes into it, and which accounts. The two totals are
    what the tables of products and of customers say. -#}
{%- set lines = [
    ('Interest earned', 'interest_income_amount', 'true', false),
    ('Interest paid on deposits', '-interest_expense_amount', 'true', false),
    ('Fees charged', 'fee_income_amount + fee_refund_amount', 'true', false),
    ('Fees refunded', '-fee_refund_amount', 'true', false),
    ('Income of all accounts', 'income_amount', 'true', true),
    ('Less of who has left', '-income_amount', 'is_customer = false', false),
    ('Less of unknown customers', '-income_amount', 'is_customer is null', false),
    ('Income of customers', 'income_amount', 'is_customer', true),
] %}

with

{{ import_ctes({
    'periods': ref('cal_reporting_periods'),
    'account_periods': ref('pop_account_periods'),
    'customer_periods': ref('pop_customer_periods'),
}) -}}

accounts as (
    select
        account_periods.*,
        customer_periods.is_customer
    from account_periods
    left join customer_periods
        on account_periods.period = customer_periods.period
            and account_periods.customer_id = customer_periods.customer_id
),

lines as (
    {%- for line, amount, condition, is_total in lines %}
    {{ 'union all' if not loop.first }}
    select
        period,
        {{ loop.index }} as line_rank,
        '{{ line }}' as line,
        {{ is_total }} as is_total,
        count(*) filter (where {{ condition }} and {{ amount }} <> 0) as account_count,
        {{ money_sum(condition, amount) }} as amount
    from accounts
    group by period
    {%- endfor %}
),

final as (
    select
        periods.period,
        periods.period_rank,
        periods.year_start_date as start_date,
        periods.end_date,
        lines.line_rank,
        lines.line,
        lines.is_total,
        lines.account_count,
        lines.amount,
        periods.as_of
    from periods
    inner join lines on periods.period = lines.period
)

select
    *,
    {{ money_note() }}
from final
