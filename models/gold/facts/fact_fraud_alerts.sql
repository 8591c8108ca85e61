with

fraud_alerts as (
    select * from {{ ref('stg_fraud_alerts') }} where not is_deleted
),

{{ import_ctes({
    'fact_transactions': ref('fact_transactions'),
    'dim_customer': ref('dim_customer'),
    'dim_account': ref('dim_account'),
    'dim_agent': ref('dim_agent'),
}) -}}

source_rows as (
    select
        *,
        case
            when is_resolved then 'Resolved'
            when assigned_at is not null then 'Assigned'
            else 'Alerted'
        end as stage
    from fraud_alerts
),

final as (
    select
        source_rows.alert_id,
        {{ version_keys('customer') }},
        {{ version_keys('account') }},
        coalesce(dim_agent.agent_key, -1) as agent_key,
        coalesce(fact_transactions.merchant_key, -1) as merchant_key,
        coalesce(fact_transactions.channel_key, -1) as channel_key,
        {{ date_key('fact_transactions.transaction_at') }} as transaction_date_key,
        {{ date_key('source_rows.alert_at') }} as alert_date_key,
        {{ date_key('source_rows.assigned_at') }} as assigned_date_key,
        {{ date_key('source_rows.resolved_at') }} as resolved_date_key,
        source_rows.transaction_id,
        source_rows.customer_id,
        source_rows.account_id,
        source_rows.assigned_to as agent_id,
        fact_transactions.transaction_at,
        source_rows.alert_at,
        source_rows.assigned_at,
        source_rows.resolved_at,
        source_rows.alert_type,
        source_rows.alert_severity,
        source_rows.investigation_status,
        source_rows.stage,
        source_rows.stage <> 'Resolved' as is_open,
        source_rows.is_fraud_confirmed,
        {{ hours_between('fact_transactions.transaction_at', 'source_rows.alert_at') }} as hours_to_alert,
        source_rows.hours_to_assignment,
        {{ hours_between('source_rows.assigned_at', 'source_rows.resolved_at') }} as hours_in_review,
        source_rows.hours_to_resolution,
        fact_transactions.amount as transaction_amount,
        coalesce(source_rows.amount_at_risk, 0) as at_risk_amount,
        coalesce(source_rows.amount_recovered, 0) as recovered_amount,
        case
            when source_rows.is_fraud_confirmed
                then
                    coalesce(source_rows.amount_at_risk, 0)
                    - coalesce(source_rows.amount_recovered, 0)
            else 0
        end as lost_amount
    from source_rows
    {{ join_as_of('dim_customer', 'customer_id', 'source_rows.alert_at') }}
    {{ join_as_of('dim_account', 'account_id', 'source_rows.alert_at') }}
    left join dim_agent on source_rows.assigned_to = dim_agent.agent_id
    left join fact_transactions on source_rows.transaction_id = fact_transactions.transaction_id
)

select * from final
