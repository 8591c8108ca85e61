with

{{ import_ctes({
    'transactions': ref('agg_transactions_daily'),
    'periods': ref('cal_reporting_periods'),
}) -}}

current_period as (
    select * from periods where period_rank = 1
),

measured as (
    {{ transaction_totals('merchant_category', {
        'purchase_count': (
            'transaction_count',
            "transactions.status = 'Completed' and transactions.transaction_type = 'Purchase'",
        ),
    }, {
        'purchase_amount': (
            'transactions.outflow_amount', "transactions.transaction_type = 'Purchase'"
        ),
        'refund_amount': ('transactions.inflow_amount', "transactions.transaction_type = 'Refund'"),
    }) }}
),

final as (
    select
        merchant_category,
        transaction_count,
        completed_count,
        inflow_amount,
        outflow_amount,
        internal_transfer_amount,
        volume_amount,
        purchase_count,
        purchase_amount,
        {{ ratio('purchase_amount', 'sum(purchase_amount) over ()') }} as purchase_share_rate,
        {{ mean_amount(ratio('purchase_amount', 'purchase_count')) }} as mean_ticket_amount,
        refund_amount,
        {{ ratio('refund_amount', 'purchase_amount') }} as refund_rate,
        current_transaction_count,
        current_volume_amount,
        as_of
    from measured
)

select
    *,
    {{ money_note() }}
from final
