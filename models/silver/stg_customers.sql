with

good_rows as (
    select * from {{ ref('base_customers') }} where quarantine_rule is null
),

final as (
    select
        customer_id,
        first_name,
        last_name,
        email,
        phone,
        date_of_birth,
        ssn,
        address,
        city,
        state,
        zip_code,
        country,
        home_latitude,
        home_longitude,
        signup_date,
        credit_score,
        annual_income,
        employment_status,
        employer,
        job_title,
        education_level,
        marital_status,
        number_of_dependents,
        home_ownership,
        customer_segment,
        life_stage,
        risk_segment,
        risk_tolerance,
        is_active,
        preferred_channel,
        marketing_opt_in,
        loyalty_tier,
        customer_lifetime_value,
        churn_risk_score,
        last_login_at,
        acquisition_channel,
        cast(extract(year from date_of_birth) as integer) as birth_year,
        {{ month_start('signup_date') }} as signup_month,
        {{ band('credit_score', 'credit_score_bands') }} as credit_score_band,
        {{ band('annual_income', 'income_bands') }} as income_band,
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
