with

good_rows as (
    select * from {{ ref('base_regulatory_reports') }} where quarantine_rule is null
),

final as (
    select
        report_id,
        report_type,
        regulator,
        report_period_start,
        report_period_end,
        due_date,
        filed_date,
        filing_status,
        customer_id,
        account_id,
        transaction_id,
        amount_reported,
        risk_level,
        requires_follow_up,
        follow_up_date,
        filing_method,
        findings,
        penalty_amount,
        filed_date is not null as is_filed,
        filed_date > due_date as is_filed_late,
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
