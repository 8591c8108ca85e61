{%- set periods = [1, 2, 3] %}

with

{{ import_ctes({
    'periods': ref('cal_reporting_periods'),
    'line_periods': ref('cal_reporting_periods'),
    'due_periods': ref('cal_reporting_periods'),
    'income_periods': ref('cal_reporting_periods'),
    'closing_periods': ref('cal_reporting_periods'),
    'anchors': ref('int_account_balance_anchors'),
    'openings': ref('int_account_openings'),
    'loan_payments': ref('fact_loan_payments'),
    'paid_instalments': ref('fact_loan_payments'),
    'transactions': ref('fact_transactions'),
    'statements': ref('fact_account_balances'),
    'dim_account': ref('dim_account'),
    'dim_product': ref('dim_product'),
    'statement_products': ref('dim_product'),
    'closures': ref('int_account_closures'),
    'closings': ref('int_account_closures'),
    'initiated_transactions': ref('fact_transactions'),
    'holder_statements': ref('fact_account_balances'),
    'account_currencies': ref('int_account_currencies'),
    'reporting': ref('int_reporting_currency'),
    'rates': ref('int_exchange_rates'),
}) -}}

ledger_lines as (
    {{ account_ledger_lines(ref('int_account_daily'), ref('int_account_statement_adjustments')) }}
),

period_ends as (
    select
        {%- for rank in periods %}
        max(case when period_rank = {{ rank }} then end_date end) as end_date_{{ rank }}{{ ',' if not loop.last }}
        {%- endfor %}
    from line_periods
),

-- One pass over the ledger for all periods.
moved as (
    select
        ledger_lines.account_id,
        {%- for rank in periods %}
        sum(ledger_lines.net_amount) filter (
            where ledger_lines.line_date <= period_ends.end_date_{{ rank }}
        ) as moved_amount_{{ rank }},
        max(ledger_lines.line_date) filter (
            where ledger_lines.completed_count > 0
                and ledger_lines.line_date <= period_ends.end_date_{{ rank }}
        ) as last_transaction_date_{{ rank }}{{ ',' if not loop.last }}
        {%- endfor %}
    from ledger_lines
    cross join period_ends
    group by ledger_lines.account_id
),

-- What the holder did: money sent or spent, and what statements say was paid in or taken out.
-- What the bank or others post keeps no account awake.
holder_days as (
    select
        account_id,
        transaction_date as holder_date
    from initiated_transactions
    where is_customer_initiated and is_completed
    union all
    select
        account_id,
        balance_date as holder_date
    from holder_statements
    where account_id is not null and (contribution_amount > 0 or withdrawal_amount > 0)
),

initiated as (
    select
        holder_days.account_id,
        {%- for rank in periods %}
        max(holder_days.holder_date) filter (
            where holder_days.holder_date <= period_ends.end_date_{{ rank }}
        ) as last_initiated_date_{{ rank }}{{ ',' if not loop.last }}
        {%- endfor %}
    from holder_days
    cross join period_ends
    group by holder_days.account_id
),

closed_in_period as (
    select distinct
        closing_periods.period,
        closings.account_id
    from closings
    inner join closing_periods
        on closings.closed_date >= closing_periods.start_date
            and closings.closed_date <= closing_periods.end_date
),

-- Instalments due before the end and not settled by then, whatever was received since. What is owed
-- is owed in the account's currency, and worth what that is worth at the end.
overdue as (
    select
        due_periods.period,
        loan_payments.account_id,
        min(loan_payments.scheduled_date) as oldest_due_date,
        sum(loan_payments.original_scheduled_amount)
        - coalesce(
            sum(loan_payments.original_paid_amount) filter (
                where loan_payments.actual_date <= due_periods.end_date
            ),
            0
        ) as past_due_amount
    from loan_payments
    inner join due_periods on loan_payments.scheduled_date < due_periods.end_date
    where not loan_payments.is_settled or loan_payments.settled_date > due_periods.end_date
    group by due_periods.period, loan_payments.account_id
),

-- A fee that came back is a refund. What a deposit returns to its holder is interest that the bank
-- pays; what an investment returns is not the bank's.
income_lines as (
    select
        account_id,
        transaction_date as income_date,
        outflow_amount as posted_fee_amount,
        inflow_amount as refund_amount,
        0 as stated_fee_amount,
        0 as late_fee_amount,
        0 as interest_amount,
        0 as interest_paid_amount
    from transactions
    where transaction_type = 'Fee' and is_completed
    union all
    select
        statements.account_id,
        statements.balance_date as income_date,
        0 as posted_fee_amount,
        0 as refund_amount,
        statements.fee_amount as stated_fee_amount,
        0 as late_fee_amount,
        0 as interest_amount,
        case
            when statement_products.category = 'Deposit' then statements.investment_return_amount
            else 0
        end as interest_paid_amount
    from statements
    left join statement_products on statements.product_key = statement_products.product_key
    where statements.account_id is not null
    union all
    select
        account_id,
        actual_date as income_date,
        0 as posted_fee_amount,
        0 as refund_amount,
        0 as stated_fee_amount,
        late_fee_amount,
        paid_interest_amount as interest_amount,
        0 as interest_paid_amount
    from paid_instalments
    where paid_amount > 0
),

-- A fee that is posted as a transaction is not counted again from the statement.
income as (
    select
        income_periods.period,
        income_lines.account_id,
        case
            when sum(income_lines.posted_fee_amount) > 0 then sum(income_lines.posted_fee_amount)
            else coalesce(sum(income_lines.stated_fee_amount), 0)
        end
        + coalesce(sum(income_lines.late_fee_amount), 0) as charged_amount,
        coalesce(sum(income_lines.refund_amount), 0) as refund_amount,
        coalesce(sum(income_lines.interest_amount), 0) as interest_income_amount,
        coalesce(sum(income_lines.interest_paid_amount), 0) as interest_expense_amount
    from income_lines
    inner join income_periods
        on income_lines.income_date >= income_periods.year_start_date
            and income_lines.income_date <= income_periods.end_date
    group by income_periods.period, income_lines.account_id
),

source_rows as (
    select
        periods.*,
        {{ end_of_day('periods.end_date') }} as end_at,
        anchors.account_id,
        anchors.customer_id,
        anchors.open_date,
        openings.opening_amount + coalesce(
            case periods.period_rank
                {%- for rank in periods %}
                when {{ rank }} then moved.moved_amount_{{ rank }}
                {%- endfor %}
            end,
            0
        ) as ledger_amount,
        case periods.period_rank
            {%- for rank in periods %}
            when {{ rank }} then moved.last_transaction_date_{{ rank }}
            {%- endfor %}
        end as last_transaction_date,
        case periods.period_rank
            {%- for rank in periods %}
            when {{ rank }} then initiated.last_initiated_date_{{ rank }}
            {%- endfor %}
        end as last_initiated_date
    from periods
    inner join anchors on periods.end_date >= anchors.open_date
    inner join openings on anchors.account_id = openings.account_id
    left join moved on anchors.account_id = moved.account_id
    left join initiated on anchors.account_id = initiated.account_id
),

dated as (
    select
        source_rows.*,
        dim_account.product_id,
        dim_account.credit_limit_amount,
        account_currencies.currency,
        {{ exchange_rate('account_currencies.currency') }} as exchange_rate,
        {{ account_status_on('closures', 'dim_account') }} as account_status
    from source_rows
    cross join reporting
    left join account_currencies on source_rows.account_id = account_currencies.account_id
    {{ join_rates('account_currencies.currency', 'source_rows.end_date') }}
    {{ join_as_of('dim_account', 'account_id', 'source_rows.end_at') }}
    {{ join_closure('source_rows.end_date') }}
),

-- A closed account holds, owes and is late with nothing.
standing as (
    select
        dated.*,
        dated.account_status <> 'Closed' as is_open,
        case
            when dated.account_status <> 'Closed'
                then {{ in_reporting_currency('dated.ledger_amount', 'dated.exchange_rate') }}
            else 0
        end as balance_amount,
        case when dated.account_status <> 'Closed' then overdue.oldest_due_date end
            as oldest_due_date,
        case
            when dated.account_status <> 'Closed'
                then {{ in_reporting_currency('overdue.past_due_amount', 'dated.exchange_rate') }}
        end as past_due_amount
    from dated
    left join overdue
        on dated.period = overdue.period
            and dated.account_id = overdue.account_id
),

final as (
    select
        standing.period,
        standing.account_id,
        standing.customer_id,
        coalesce(dim_product.product_key, -1) as product_key,
        coalesce(standing.product_id, 'Unknown') as product_id,
        coalesce(dim_product.product_name, 'Unknown') as product_name,
        coalesce(dim_product.category, 'Unknown') as product_category,
        standing.account_status,
        standing.is_open,
        standing.open_date >= standing.start_date as is_opened_in_period,
        closed_in_period.account_id is not null as is_closed_in_period,
        standing.last_transaction_date,
        standing.last_initiated_date,
        {{ days_between(
            'coalesce(standing.last_initiated_date, standing.open_date)', 'standing.end_date'
        ) }} as quiet_days,
        standing.currency,
        standing.exchange_rate is null as is_without_rate,
        case when standing.is_open then standing.ledger_amount else 0 end
            as original_balance_amount,
        standing.balance_amount,
        {%- for kind in balance_kinds()[:-1] %}
        {{ held_as(kind, 'greatest(standing.balance_amount, 0)', 'dim_product.category') }} as {{ kind }},
        {%- endfor %}
        greatest(-standing.balance_amount, 0) as owed_balance_amount,
        case
            when standing.is_open
                then {{ in_reporting_currency('standing.credit_limit_amount', 'standing.exchange_rate') }}
        end as credit_limit_amount,
        coalesce({{ days_between('standing.oldest_due_date', 'standing.end_date') }}, 0)
            as days_past_due,
        coalesce(standing.past_due_amount, 0) as past_due_amount,
        coalesce(income.charged_amount - income.refund_amount, 0) as fee_income_amount,
        coalesce(income.refund_amount, 0) as fee_refund_amount,
        coalesce(income.interest_income_amount, 0) as interest_income_amount,
        coalesce(income.interest_expense_amount, 0) as interest_expense_amount,
        coalesce(
            income.charged_amount
            - income.refund_amount
            + income.interest_income_amount
            - income.interest_expense_amount,
            0
        ) as income_amount,
        standing.as_of
    from standing
    left join dim_product on standing.product_id = dim_product.product_id
    left join closed_in_period
        on standing.period = closed_in_period.period
            and standing.account_id = closed_in_period.account_id
    left join income
        on standing.period = income.period
            and standing.account_id = income.account_id
)

select * from final
