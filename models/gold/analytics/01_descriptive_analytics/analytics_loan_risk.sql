{%- set days = [30, 60, 90] %}

with

{{ import_ctes({
    'periods': ref('cal_reporting_periods'),
    'balance_periods': ref('cal_reporting_periods'),
    'loss_periods': ref('cal_reporting_periods'),
    'recovery_periods': ref('cal_reporting_periods'),
    'cohort_periods': ref('cal_reporting_periods'),
    'loans': ref('pop_loans'),
    'account_periods': ref('pop_account_periods'),
    'transactions': ref('fact_transactions'),
    'loan_payments': ref('fact_loan_payments'),
    'snapshots': ref('fact_account_daily_snapshot'),
}) -}}

portfolio as (
    select
        account_periods.period,
        count(*) as loan_count,
        sum(account_periods.owed_balance_amount) as outstanding_amount,
        sum(account_periods.past_due_amount) as past_due_amount,
        {%- for day in days %}
        sum(account_periods.owed_balance_amount) filter (
            where account_periods.days_past_due >= {{ day }}
        ) as at_risk_{{ day }}_amount{{ ',' if not loop.last }}
        {%- endfor %}
    from account_periods
    inner join loans on account_periods.account_id = loans.account_id
    where account_periods.is_open
    group by account_periods.period
),

-- The daily rows of the last months would weigh more than the month ends before them.
month_ends as (
    select
        snapshots.snapshot_date,
        sum(snapshots.owed_amount) as outstanding_amount
    from snapshots
    inner join loans on snapshots.account_id = loans.account_id
    where snapshots.is_month_end
    group by snapshots.snapshot_date
),

mean_balances as (
    select
        balance_periods.period,
        avg({{ f8('month_ends.outstanding_amount') }}) as mean_outstanding_amount
    from balance_periods
    inner join month_ends
        on balance_periods.year_start_date <= month_ends.snapshot_date
            and balance_periods.end_date >= month_ends.snapshot_date
    group by balance_periods.period
),

losses as (
    select
        loss_periods.period,
        count(distinct transactions.account_id) as charge_off_count,
        sum(transactions.book_entry_amount) as charge_off_amount
    from transactions
    inner join loans on transactions.account_id = loans.account_id
    inner join loss_periods
        on loss_periods.year_start_date <= transactions.transaction_date
            and loss_periods.end_date >= transactions.transaction_date
    where transactions.transaction_type = 'Write-off'
        and transactions.is_completed
        and loans.charge_off_date is not null
    group by loss_periods.period
),

recoveries as (
    select
        recovery_periods.period,
        sum(loan_payments.paid_amount) as recovery_amount
    from loan_payments
    inner join loans
        on loan_payments.account_id = loans.account_id
            and loan_payments.actual_date > loans.charge_off_date
    inner join recovery_periods
        on recovery_periods.year_start_date <= loan_payments.actual_date
            and recovery_periods.end_date >= loan_payments.actual_date
    group by recovery_periods.period
),

-- Loans that were running, and not in default, when the twelve months began.
cohorts as (
    select
        cohort_periods.period,
        count(*) as cohort_count,
        count(*) filter (where loans.default_date <= cohort_periods.end_date) as default_count
    from cohort_periods
    inner join loans on cohort_periods.year_start_date > loans.open_date
    where (loans.close_date is null or loans.close_date >= cohort_periods.year_start_date)
        and (loans.default_date is null or loans.default_date >= cohort_periods.year_start_date)
    group by cohort_periods.period
),

measured as (
    select
        periods.period,
        periods.period_rank,
        periods.year_start_date,
        periods.end_date,
        coalesce(portfolio.loan_count, 0) as loan_count,
        coalesce(cohorts.cohort_count, 0) as cohort_count,
        coalesce(cohorts.default_count, 0) as default_count,
        coalesce(losses.charge_off_count, 0) as charge_off_count,
        {%- for amount in ['outstanding_amount', 'past_due_amount'] %}
        cast(coalesce(portfolio.{{ amount }}, 0) as decimal(18, 3)) as {{ amount }},
        {%- endfor %}
        {%- for day in days %}
        cast(coalesce(portfolio.at_risk_{{ day }}_amount, 0) as decimal(18, 3)) as at_risk_{{ day }}_amount,
        {%- endfor %}
        cast(coalesce(losses.charge_off_amount, 0) as decimal(18, 3)) as charge_off_amount,
        cast(coalesce(recoveries.recovery_amount, 0) as decimal(18, 3)) as recovery_amount,
        {{ mean_amount('mean_balances.mean_outstanding_amount') }} as mean_outstanding_amount,
        periods.as_of
    from periods
    left join portfolio on periods.period = portfolio.period
    left join mean_balances on periods.period = mean_balances.period
    left join losses on periods.period = losses.period
    left join recoveries on periods.period = recoveries.period
    left join cohorts on periods.period = cohorts.period
),

final as (
    select
        period,
        period_rank,
        year_start_date,
        end_date,
        loan_count,
        outstanding_amount,
        past_due_amount,
        {%- for day in days %}
        at_risk_{{ day }}_amount,
        {{ ratio('at_risk_' ~ day ~ '_amount', 'outstanding_amount') }} as portfolio_at_risk_{{ day }}_rate,
        {%- endfor %}
        mean_outstanding_amount,
        charge_off_count,
        charge_off_amount,
        recovery_amount,
        cast(charge_off_amount - recovery_amount as decimal(18, 3)) as net_charge_off_amount,
        {{ ratio('charge_off_amount - recovery_amount', 'mean_outstanding_amount') }}
            as net_charge_off_rate,
        cohort_count,
        default_count,
        {{ ratio('default_count', 'cohort_count') }} as default_rate,
        {{ proportion_error('default_count', 'cohort_count') }} as default_standard_error,
        {{ wilson_interval('default_count', 'cohort_count', 'default_ci_low', 'default_ci_high') }},
        as_of
    from measured
)

select
    *,
    {{ money_note() }}
from final
