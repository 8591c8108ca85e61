with

good_rows as (
    select * from {{ ref('base_risk_assessments') }} where quarantine_rule is null
),

final as (
    select
        assessment_id,
        customer_id,
        assessment_date,
        assessment_type,
        risk_rating,
        credit_risk,
        fraud_risk,
        aml_risk,
        risk_score,
        kyc_status,
        kyc_updated_date,
        next_review_date,
        is_pep,
        is_sanctioned,
        has_adverse_media,
        requires_enhanced_due_diligence,
        assessor_id,
        risk_rating = 'High' as is_high_risk,
        {{ days_between('assessment_date', 'next_review_date') }} as days_to_next_review,
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
