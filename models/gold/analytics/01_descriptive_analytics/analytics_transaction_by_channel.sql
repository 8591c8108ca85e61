with

{{ import_ctes({
    'transactions': ref('agg_transactions_daily'),
    'periods': ref('cal_reporting_periods'),
    'customer_channels': ref('agg_customer_channels'),
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

clustered as (
    select
        channel,
        {{ cluster_sums('declined_count', 'decided_attempt_count', 'decline_') }},
        {{ cluster_sums('fraud_count', 'attempt_count', 'fraud_') }}
    from customer_channels
    group by channel
),

effects as (
    select
        measured.*,
        {{ design_effect('measured.declined_count', 'measured.decided_attempt_count', 'clustered.decline_') }}
            as decline_design_effect,
        {{ design_effect('measured.fraud_count', 'measured.attempt_count', 'clustered.fraud_') }}
            as fraud_design_effect
    from measured
    left join clustered on measured.channel = clustered.channel
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
        {{ mean_amount(ratio('volume_amount', 'completed_count')) }} as mean_amount,
        attempt_count,
        decided_attempt_count,
        declined_count,
        {{ ratio('declined_count', 'decided_attempt_count') }} as decline_rate,
        decline_design_effect,
        {{ proportion_error(
            ratio('declined_count', 'decline_design_effect'),
            ratio('decided_attempt_count', 'decline_design_effect')
        ) }} as decline_standard_error,
        {{ wilson_interval(
            ratio('declined_count', 'decline_design_effect'),
            ratio('decided_attempt_count', 'decline_design_effect'),
            'decline_ci_low', 'decline_ci_high'
        ) }},
        fraud_count,
        {{ ratio('fraud_count', 'attempt_count') }} as fraud_rate,
        fraud_design_effect,
        {{ proportion_error(
            ratio('fraud_count', 'fraud_design_effect'), ratio('attempt_count', 'fraud_design_effect')
        ) }} as fraud_standard_error,
        {{ wilson_interval(
            ratio('fraud_count', 'fraud_design_effect'),
            ratio('attempt_count', 'fraud_design_effect'),
            'fraud_ci_low', 'fraud_ci_high'
        ) }},
        current_transaction_count,
        current_volume_amount,
        as_of
    from effects
)

select
    *,
    {{ money_note() }}
from final
