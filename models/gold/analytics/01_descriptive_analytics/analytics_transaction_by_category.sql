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
        transactions.merchant_category,
        sum(transactions.transaction_count) as transaction_count,
        sum(transactions.transaction_count) filter (
            where transactions.status = 'Completed'
        ) as completed_count,
        sum(transactions.transaction_count) filter (
            where transactions.status = 'Completed' and transactions.transaction_type = 'Purchase'
        ) as purchase_count,
        {{ money_sum("transactions.transaction_type = 'Purchase'", 'transactions.outflow_amount') }}
            as purchase_amount,
        {{ money_sum("transactions.transaction_type = 'Refund'", 'transactions.inflow_amount') }}
            as refund_amount,
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
    group by transactions.merchant_category
),

measured as (
    select
        merchant_category,
        {%- for count in [
            'transaction_count', 'completed_count', 'purchase_count', 'current_transaction_count',
        ] %}
        cast(coalesce({{ count }}, 0) as bigint) as {{ count }},
        {%- endfor %}
        purchase_amount,
        refund_amount,
        cast(inflow_amount as decimal(18, 2)) as inflow_amount,
        cast(outflow_amount as decimal(18, 2)) as outflow_amount,
        cast(inflow_amount + outflow_amount as decimal(18, 2)) as volume_amount,
        current_volume_amount,
        as_of
    from counted
),

final as (
    select
        merchant_category,
        transaction_count,
        completed_count,
        inflow_amount,
        outflow_amount,
        volume_amount,
        purchase_count,
        purchase_amount,
        {{ ratio('purchase_amount', 'sum(purchase_amount) over ()') }} as purchase_share_rate,
        {{ dec(ratio('purchase_amount', 'purchase_count')) }} as mean_ticket_amount,
        refund_amount,
        {{ ratio('refund_amount', 'purchase_amount') }} as refund_rate,
        current_transaction_count,
        current_volume_amount,
        as_of
    from measured
)

select * from final
