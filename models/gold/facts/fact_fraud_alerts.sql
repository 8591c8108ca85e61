with

fraud_alerts as (
    select * from {{ ref('stg_fraud_alerts') }} where not is_deleted
),

{{ import_ctes({
    'fact_transactions': ref('fact_transactions'),
    'dim_customer': ref('dim_customer'),
    'dim_account': ref('dim_account'),
    'dim_agent': ref('dim_agent'),
    'account_currencies': ref('int_account_currencies'),
    'reporting': ref('int_reporting_currency'),
    'rates': ref('int_exchange_rates'),
}) -}}

source_rows as (
    select
        fraud_alerts.*,
        fact_transactions.merchant_key,
        fact_transactions.channel_key,
        fact_transactions.transaction_at,
        fact_transactions.amount as transaction_amount,
        coalesce(fact_transactions.currency, account_currencies.currency) as currency,
        case
            when fact_transactions.transaction_id is not null then fact_transactions.exchange_rate
            else {{ exchange_rate('account_currencies.currency') }}
        end as exchange_rate,
        case
            when fraud_alerts.is_resolved then 'Resolved'
            when fraud_alerts.assigned_at is not null then 'Assigned'
            else 'Alerted'
        end as stage
    from fraud_alerts
    cross join reporting
    left join fact_transactions on fraud_alerts.transaction_id = fact_transactions.transaction_id
    left join account_currencies on fraud_alerts.account_id = account_currencies.account_id
    {{ join_rates('account_currencies.currency', 'cast(fraud_alerts.alert_at as date)') }}
),

final as (
    select
        source_rows.alert_id,
        {{ version_keys('customer') }},
        {{ version_keys('account') }},
        coalesce(dim_agent.agent_key, -1) as agent_key,
        coalesce(source_rows.merchant_key, -1) as merchant_key,
        coalesce(source_rows.channel_key, -1) as channel_key,
        {{ date_key('source_rows.transaction_at') }} as transaction_date_key,
        {{ date_key('source_rows.alert_at') }} as alert_date_key,
        {{ date_key('source_rows.assigned_at') }} as assigned_date_key,
        {{ date_key('source_rows.resolved_at') }} as resolved_date_key,
        source_rows.transaction_id,
        source_rows.customer_id,
        source_rows.account_id,
        source_rows.assigned_to as agent_id,
        source_rows.transaction_at,
        source_rows.alert_at,
        source_rows.assigned_at,
        source_rows.resolved_at,
        source_rows.alert_type,
        source_rows.alert_severity,
        source_rows.investigation_status,
        source_rows.stage,
        source_rows.stage <> 'Resolved' as is_open,
        source_rows.is_fraud_confirmed,
        {{ hours_between('source_rows.transaction_at', 'source_rows.alert_at') }} as hours_to_alert,
        source_rows.hours_to_assignment,
        {{ hours_between('source_rows.assigned_at', 'source_rows.resolved_at') }} as hours_in_review,
        source_rows.hours_to_resolution,
        source_rows.transaction_amount,
        source_rows.currency,
        source_rows.exchange_rate is null as is_without_rate,
        source_rows.exchange_rate,
        coalesce(source_rows.amount_at_risk, 0) as original_at_risk_amount,
        {{ in_reporting_currency('coalesce(source_rows.amount_at_risk, 0)') }} as at_risk_amount,
        {{ in_reporting_currency('coalesce(source_rows.amount_recovered, 0)') }} as recovered_amount,
        case
            when source_rows.is_fraud_confirmed
                then
                    {{ in_reporting_currency('coalesce(source_rows.amount_at_risk, 0)') }}
                    - {{ in_reporting_currency('coalesce(source_rows.amount_recovered, 0)') }}
            else 0
        end as lost_amount
    from source_rows
    {{ join_as_of('dim_customer', 'customer_id', 'source_rows.alert_at') }}
    {{ join_as_of('dim_account', 'account_id', 'source_rows.alert_at') }}
    left join dim_agent on source_rows.assigned_to = dim_agent.agent_id
)

select * from final
