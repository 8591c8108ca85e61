with

{{ import_ctes({
    'transactions': ref('agg_transactions_daily'),
    'periods': ref('agg_reporting_periods'),
}) -}}

current_period as (
    select * from periods where period_rank = 1
),

counted as (
    select
        transactions.channel,
        sum(transactions.transaction_count) as transaction_count,
        sum(transactions.transaction_count) filter (
            where transactions.status = 'Completed'
        ) as completed_count,
        sum(transactions.transaction_count) filter (
            where transactions.is_customer_initiated
        ) as attempt_count,
        sum(transactions.transaction_count) filter (
            where transactions.is_customer_initiated and transactions.status <> 'Pending'
        ) as decided_attempt_count,
        sum(transactions.transaction_count) filter (
            where transactions.is_customer_initiated and transactions.status = 'Declined'
        ) as declined_count,
        sum(transactions.fraud_count) filter (
            where transactions.is_customer_initiated
        ) as fraud_count,
        sum(transactions.inflow_amount) as inflow_amount,
        sum(transactions.outflow_amount) as outflow_amount,
        sum(transactions.transaction_count) filter (
            where transactions.transaction_date
                between current_period.start_date and current_period.end_date
        ) as current_transaction_count,
        {{ money_sum(
            'transactions.transaction_date between current_period.start_date and current_period.end_date',
            'transactions.inflow_amount + transactions.outflow_amount'
        ) }} as current_volume_amount,
        max(current_period.as_of) as as_of
    from transactions
    cross join current_period
    group by transactions.channel
),

measured as (
    select
        channel,
        {%- for count in [
            'transaction_count', 'completed_count', 'attempt_count', 'decided_attempt_count',
            'declined_count', 'fraud_count', 'current_transaction_count',
        ] %}
        cast(coalesce({{ count }}, 0) as bigint) as {{ count }},
        {%- endfor %}
        cast(inflow_amount as decimal(18, 2)) as inflow_amount,
        cast(outflow_amount as decimal(18, 2)) as outflow_amount,
        cast(inflow_amount + outflow_amount as decimal(18, 2)) as volume_amount,
        current_volume_amount,
        as_of
    from counted
),

final as (
    select
        channel,
        transaction_count,
        {{ ratio('transaction_count', 'sum(transaction_count) over ()') }} as transaction_share_rate,
        completed_count,
        inflow_amount,
        outflow_amount,
        volume_amount,
        {{ ratio('volume_amount', 'sum(volume_amount) over ()') }} as volume_share_rate,
        {{ dec(ratio('volume_amount', 'completed_count')) }} as mean_amount,
        attempt_count,
        decided_attempt_count,
        declined_count,
        {{ ratio('declined_count', 'decided_attempt_count') }} as decline_rate,
        {{ proportion_error('declined_count', 'decided_attempt_count') }} as decline_standard_error,
        {{ wilson_interval('declined_count', 'decided_attempt_count', 'decline_ci_low', 'decline_ci_high') }},
        fraud_count,
        {{ ratio('fraud_count', 'attempt_count') }} as fraud_rate,
        {{ proportion_error('fraud_count', 'attempt_count') }} as fraud_standard_error,
        {{ wilson_interval('fraud_count', 'attempt_count', 'fraud_ci_low', 'fraud_ci_high') }},
        current_transaction_count,
        current_volume_amount,
        as_of
    from measured
)

select * from final
