with

{{ import_ctes({
    'account_periods': ref('pop_account_periods'),
    'loan_accounts': ref('pop_loans'),
    'calendar': ref('int_as_of'),
}) -}}

buckets as (
    {%- for item in bands('delinquency') %}
    {{ 'union all' if not loop.first }}
    select
        '{{ item["name"] }}' as delinquency_bucket,
        {{ loop.index }} as bucket_number,
        {{ item['from'] }} as lower_days
    {%- endfor %}
),

-- A loan whose first instalment is not due yet is outstanding as well.
loans as (
    select
        account_periods.account_id,
        account_periods.owed_balance_amount,
        account_periods.past_due_amount,
        {{ band('account_periods.days_past_due', 'delinquency') }} as delinquency_bucket
    from account_periods
    inner join loan_accounts on account_periods.account_id = loan_accounts.account_id
    where account_periods.period = 'current' and account_periods.is_open
),

summed as (
    select
        delinquency_bucket,
        count(*) as loan_count,
        sum(owed_balance_amount) as outstanding_amount,
        sum(past_due_amount) as past_due_amount
    from loans
    group by delinquency_bucket
),

aged as (
    select
        buckets.delinquency_bucket,
        buckets.bucket_number,
        buckets.lower_days,
        coalesce(summed.loan_count, 0) as loan_count,
        cast(coalesce(summed.outstanding_amount, 0) as decimal(18, 3)) as outstanding_amount,
        cast(coalesce(summed.past_due_amount, 0) as decimal(18, 3)) as past_due_amount,
        calendar.as_of
    from buckets
    cross join calendar
    left join summed on buckets.delinquency_bucket = summed.delinquency_bucket
),

final as (
    select
        delinquency_bucket,
        bucket_number,
        lower_days,
        loan_count,
        outstanding_amount,
        past_due_amount,
        {{ ratio('outstanding_amount', 'sum(outstanding_amount) over ()') }} as outstanding_share_rate,
        cast(sum(outstanding_amount) over worse_first as decimal(18, 3)) as at_risk_amount,
        {{ ratio('sum(outstanding_amount) over worse_first', 'sum(outstanding_amount) over ()') }}
            as portfolio_at_risk_rate,
        as_of
    from aged
    window worse_first as (
        order by bucket_number desc rows between unbounded preceding and current row
    )
)

select
    *,
    {{ money_note() }}
from final
