with

good_rows as (
    select * from {{ ref('base_credit_applications') }} where quarantine_rule is null
),

final as (
    select
        application_id,
        customer_id,
        product_id,
        account_id,
        application_date,
        requested_amount,
        requested_term_months,
        credit_score_at_application,
        annual_income,
        debt_to_income_ratio,
        employment_length_years,
        decision,
        decision_date,
        decline_reason,
        approved_amount,
        approved_rate,
        application_channel,
        approval_probability_score,
        risk_grade,
        {{ month_start('application_date') }} as application_month,
        decision <> 'Pending' as is_decided,
        decision = 'Approved' as is_approved,
        {{ days_between('application_date', 'decision_date') }} as days_to_decision,
        {{ band('credit_score_at_application', 'credit_score_bands') }} as credit_score_band,
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
