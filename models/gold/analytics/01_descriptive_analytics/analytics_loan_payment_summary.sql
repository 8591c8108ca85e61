with

{{ import_ctes({
    'loan_payments': ref('fact_loan_payments'),
    'calendar': ref('int_as_of'),
}) -}}

buckets as (
    {%- for item in bands('delinquency') %}
    {{ 'union all' if not loop.first }}
    select
        '{{ item["name"] }}' as delinquency_bucket,
        {{ loop.index }} as bucket_number
    {%- endfor %}
),

-- What was paid settles what was due, and is worth as much: that of the due day. On its own day an
-- instalment is neither paid late nor missed: it has until midnight.
due as (
    select
        loan_payments.*,
        loan_payments.payment_number = 1 as is_instalment,
        loan_payments.original_shortfall_amount < loan_payments.original_scheduled_amount
            as has_payment,
        {{ in_reporting_currency(
            'loan_payments.original_paid_amount', 'loan_payments.exchange_rate'
        ) }} as settling_amount,
        coalesce(loan_payments.actual_date <= loan_payments.scheduled_date, false) as is_in_time
    from loan_payments
    inner join calendar on loan_payments.scheduled_date < calendar.as_of_date
),

summed as (
    select
        delinquency_bucket,
        count(*) filter (where is_instalment) as instalment_count,
        count(*) filter (where is_instalment and is_settled and not is_late) as paid_on_time_count,
        count(*) filter (where is_instalment and is_settled and is_late) as paid_late_count,
        count(*) filter (where is_instalment and not is_settled and has_payment) as part_paid_count,
        count(*) filter (where is_instalment and not is_settled and not has_payment)
            as missed_count,
        count(*) filter (where is_instalment and is_defaulted) as defaulted_count,
        sum(scheduled_amount) as scheduled_amount,
        {{ money_sum('is_in_time', 'settling_amount') }} as paid_on_time_amount,
        {{ money_sum('not is_in_time', 'settling_amount') }} as paid_late_amount,
        {{ money_sum('has_payment', 'scheduled_amount') }}
        - {{ money_sum('true', 'settling_amount') }} as short_amount,
        {{ money_sum('not has_payment', 'scheduled_amount') }} as missed_amount,
        sum(late_fee_amount) as late_fee_amount
    from due
    group by delinquency_bucket
),

final as (
    select
        buckets.delinquency_bucket,
        buckets.bucket_number,
        {%- for count in [
            'instalment_count', 'paid_on_time_count', 'paid_late_count', 'part_paid_count',
            'missed_count', 'defaulted_count',
        ] %}
        coalesce(summed.{{ count }}, 0) as {{ count }},
        {%- endfor %}
        {{ ratio('coalesce(summed.instalment_count, 0)', 'sum(summed.instalment_count) over ()') }}
            as instalment_share_rate,
        {%- for amount in [
            'scheduled_amount', 'paid_on_time_amount', 'paid_late_amount', 'short_amount',
            'missed_amount', 'late_fee_amount',
        ] %}
        cast(coalesce(summed.{{ amount }}, 0) as decimal(18, 3)) as {{ amount }},
        {%- endfor %}
        calendar.as_of
    from buckets
    cross join calendar
    left join summed on buckets.delinquency_bucket = summed.delinquency_bucket
)

select
    *,
    {{ money_note() }}
from final
