with

{{ import_ctes({
    'transactions': ref('fact_transactions'),
    'fraud_alerts': ref('fact_fraud_alerts'),
    'calendar': ref('int_as_of'),
}) -}}

alerts as (
    select
        transaction_id,
        sum(recovered_amount) as recovered_amount,
        max(case when is_fraud_confirmed and not is_open then 1 else 0 end) as confirmed_count
    from fraud_alerts
    where transaction_id is not null
    group by transaction_id
),

frauds as (
    select
        transactions.transaction_date,
        transactions.channel,
        transactions.is_completed,
        abs(transactions.amount) as amount,
        coalesce(alerts.confirmed_count, 0) = 1 as is_confirmed,
        -- no more comes back than has left
        case
            when transactions.is_completed
                then least(coalesce(alerts.recovered_amount, 0), abs(transactions.amount))
            else 0
        end as recovered_amount
    from transactions
    left join alerts on transactions.transaction_id = alerts.transaction_id
    where transactions.is_customer_initiated and transactions.is_fraud
),

fraud_sums as (
    select
        {{ month_start('transaction_date') }} as month_start,
        channel,
        count(*) as fraud_count,
        count(*) filter (where not is_completed) as prevented_count,
        count(*) filter (where is_completed) as completed_fraud_count,
        count(*) filter (where not is_confirmed) as unconfirmed_count,
        {{ money_sum('true', 'amount') }} as fraud_amount,
        {{ money_sum('not is_completed', 'amount') }} as prevented_amount,
        {{ money_sum('is_completed', 'amount') }} as gross_loss_amount,
        {{ money_sum('true', 'recovered_amount') }} as recovered_amount,
        {{ money_sum('is_completed', 'amount - recovered_amount') }} as net_loss_amount,
        {{ money_sum('is_completed and not is_confirmed', 'amount - recovered_amount') }}
            as unconfirmed_net_loss_amount
    from frauds
    group by {{ month_start('transaction_date') }}, channel
),

attempt_sums as (
    select
        {{ month_start('transaction_date') }} as month_start,
        channel,
        count(*) as attempt_count,
        count(*) filter (where is_completed) as completed_count,
        {{ money_sum('true', 'abs(amount)') }} as attempted_amount,
        {{ money_sum('is_completed', 'abs(amount)') }} as completed_amount
    from transactions
    where is_customer_initiated
    group by {{ month_start('transaction_date') }}, channel
),

final as (
    select
        attempt_sums.month_start,
        attempt_sums.channel,
        attempt_sums.attempt_count,
        attempt_sums.completed_count,
        attempt_sums.attempted_amount,
        attempt_sums.completed_amount,
        {%- for column in [
            'fraud_count', 'prevented_count', 'completed_fraud_count', 'unconfirmed_count',
            'fraud_amount', 'prevented_amount', 'gross_loss_amount', 'recovered_amount',
            'net_loss_amount', 'unconfirmed_net_loss_amount',
        ] %}
        coalesce(fraud_sums.{{ column }}, 0) as {{ column }},
        {%- endfor %}
        {{ ratio('coalesce(fraud_sums.fraud_count, 0)', 'attempt_sums.attempt_count') }} as fraud_rate,
        {{ ratio('coalesce(fraud_sums.fraud_amount, 0)', 'attempt_sums.attempted_amount') }}
            as fraud_value_rate,
        {{ ratio('coalesce(fraud_sums.gross_loss_amount, 0)', 'attempt_sums.completed_amount') }}
            as gross_loss_rate,
        {{ ratio('coalesce(fraud_sums.net_loss_amount, 0)', 'attempt_sums.completed_amount') }}
            as net_loss_rate,
        calendar.as_of
    from attempt_sums
    left join fraud_sums
        on attempt_sums.month_start = fraud_sums.month_start
            and attempt_sums.channel = fraud_sums.channel
    cross join calendar
)

select
    *,
    {{ money_note() }}
from final
