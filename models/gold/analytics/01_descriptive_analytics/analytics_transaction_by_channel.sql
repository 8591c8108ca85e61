with

{{ import_ctes({
    'transactions': ref('agg_transactions_daily'),
    'periods': ref('cal_reporting_periods'),
}) -}}

current_period as (
    select * from periods where period_rank = 1
),

measured as (
    {{ transaction_totals('channel', {
        'attempt_count': ('transaction_count', 'transactions.is_customer_initiated'),
        'decided_attempt_count': (
            'transaction_count',
            "transactions.is_customer_initiated and transactions.status <> 'Pending'",
        ),
        'declined_count': (
            'transaction_count',
            "transactions.is_customer_initiated and transactions.status = 'Declined'",
        ),
        'fraud_count': ('fraud_count', 'transactions.is_customer_initiated'),
    }) }}
),

final as (
    select
        channel,
        transaction_count,
        {{ ratio('transaction_count', 'sum(transaction_count) over ()') }} as transaction_share_rate,
        completed_count,
        inflow_amount,
        outflow_amount,
        internal_transfer_amount,
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
