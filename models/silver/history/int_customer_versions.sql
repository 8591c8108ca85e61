{{ config(
    materialized='incremental',
    incremental_strategy='touched_keys',
    partition_by={'value': '_batch_id'},
    unique_key=['customer_id', '_batch_id', '_source_row'],
    indexes=[{'columns': ['customer_id']}, {'columns': ['_batch_id'], 'type': 'brin'}]
) }}

-- depends_on: {{ ref('int_as_of') }}
with

arrived as (
    {{ arrived_versions('customers') }}
),

final as (
    select
        customer_id,
        customer_segment,
        loyalty_tier,
        risk_segment,
        {{ band('credit_score', 'credit_score') }} as credit_score_band,
        city,
        state,
        zip_code,
        country,
        signup_date,
        acquisition_channel,
        {{ year_band('date_of_birth', 5) }} as birth_year_band,
        {{ band('annual_income', 'income') }} as income_band,
        employment_status,
        education_level,
        marital_status,
        home_ownership,
        number_of_dependents,
        life_stage,
        risk_tolerance,
        preferred_channel,
        marketing_opt_in as has_marketing_opt_in,
        is_active,
        is_deleted,
        _batch_id,
        _extracted_at,
        _source_file,
        _source_row
    from arrived
    where quarantine_rule is null
)

select * from final
