with

good_rows as (
    select * from {{ ref('base_fraud_alerts') }} where quarantine_rule is null
),

final as (
    select
        alert_id,
        transaction_id,
        customer_id,
        account_id,
        alert_at,
        alert_type,
        alert_severity,
        investigation_status,
        assigned_at,
        resolved_at,
        amount_at_risk,
        amount_recovered,
        assigned_to,
        notes,
        cast(alert_at as date) as alert_date,
        investigation_status in (
            'Resolved - Fraud', 'Resolved - Legitimate', 'False Positive'
        ) as is_resolved,
        investigation_status = 'Resolved - Fraud' as is_fraud_confirmed,
        {{ hours_between('alert_at', 'assigned_at') }} as hours_to_assignment,
        {{ hours_between('alert_at', 'resolved_at') }} as hours_to_resolution,
        is_deleted,
        _first_batch_id,
        _changed_batch_id,
        _batch_id,
        _extracted_at,
        _source_file,
        _source_row
    from good_rows
)

select * from final
