{%- set compared = [
    'open_account_count', 'dormant_account_count', 'deposit_balance_amount',
    'invested_balance_amount', 'owed_balance_amount', 'utilization_rate', 'past_due_account_count',
    'past_due_30_account_count', 'past_due_amount', 'quiet_account_count',
] %}

with

periods as (
    select * from {{ ref('cal_reporting_periods') }}
),

account_periods as (
    select * from {{ ref('pop_account_periods') }}
),

judged as (
    select
        account_periods.*,
        account_periods.is_open and account_periods.credit_limit_amount > 0 as has_credit_line,
        account_periods.is_open
        and (account_periods.product_category = 'Loan' or account_periods.days_past_due > 0)
            as is_loan,
        account_periods.is_open and account_periods.product_category not in ('Loan', 'Insurance')
            as is_at_hand
    from account_periods
),

totals as (
    select
        period,
        count(*) as account_count,
        count(*) filter (where is_open) as open_account_count,
        count(*) filter (where account_status = 'Active') as active_account_count,
        count(*) filter (where account_status = 'Dormant') as dormant_account_count,
        count(*) filter (where account_status = 'Closed') as closed_account_count,
        count(*) filter (where account_status not in ('Active', 'Dormant', 'Closed'))
            as other_account_count,
        count(*) filter (where is_opened_in_period) as opened_in_period_count,
        count(*) filter (where is_closed_in_period) as closed_in_period_count,
        {%- for kind in balance_kinds() %}
        sum({{ kind }}) as {{ kind }},
        {%- endfor %}
        count(*) filter (where has_credit_line) as credit_line_count,
        {{ money_sum('has_credit_line', 'credit_limit_amount') }} as credit_limit_amount,
        {{ money_sum('has_credit_line', 'owed_balance_amount') }} as used_credit_amount,
        count(*) filter (where is_loan) as loan_account_count,
        count(*) filter (where days_past_due > 0) as past_due_account_count,
        count(*) filter (where days_past_due >= {{ var('late_payment_days') }})
            as past_due_30_account_count,
        sum(past_due_amount) as past_due_amount,
        count(*) filter (where is_at_hand) as at_hand_account_count,
        count(*) filter (where is_at_hand and quiet_days > {{ var('quiet_account_days') }})
            as quiet_account_count
    from judged
    group by period
),

measured as (
    select
        periods.period,
        periods.period_rank,
        periods.start_date,
        periods.end_date,
        {%- for column in [
            'account_count', 'open_account_count', 'active_account_count', 'dormant_account_count',
            'closed_account_count', 'other_account_count', 'opened_in_period_count',
            'closed_in_period_count', 'deposit_balance_amount', 'invested_balance_amount',
            'other_balance_amount', 'owed_balance_amount',
            'credit_line_count', 'credit_limit_amount', 'used_credit_amount', 'loan_account_count',
            'past_due_account_count', 'past_due_30_account_count', 'past_due_amount',
            'at_hand_account_count', 'quiet_account_count',
        ] %}
        coalesce(totals.{{ column }}, 0) as {{ column }},
        {%- endfor %}
        {{ ratio('totals.dormant_account_count', 'totals.open_account_count') }} as dormant_rate,
        {{ ratio('totals.used_credit_amount', 'totals.credit_limit_amount') }} as utilization_rate,
        {{ ratio('totals.past_due_account_count', 'totals.loan_account_count') }} as past_due_rate,
        {{ ratio('totals.past_due_30_account_count', 'totals.loan_account_count') }}
            as past_due_30_rate,
        {{ ratio('totals.quiet_account_count', 'totals.at_hand_account_count') }} as quiet_rate,
        periods.as_of
    from periods
    left join totals on periods.period = totals.period
),

final as (
    select
        period,
        period_rank,
        start_date,
        end_date,
        account_count,
        open_account_count,
        active_account_count,
        dormant_account_count,
        dormant_rate,
        closed_account_count,
        other_account_count,
        opened_in_period_count,
        closed_in_period_count,
        {%- for kind in balance_kinds() %}
        {{ kind }},
        {%- endfor %}
        credit_line_count,
        credit_limit_amount,
        used_credit_amount,
        utilization_rate,
        loan_account_count,
        past_due_account_count,
        past_due_rate,
        past_due_30_account_count,
        past_due_30_rate,
        past_due_amount,
        at_hand_account_count,
        quiet_account_count,
        quiet_rate,
        {{- change_rates(compared) }},
        as_of
    from measured
)

select
    *,
    {{ money_note() }}
from final
