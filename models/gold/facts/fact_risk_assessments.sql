with

risk_assessments as (
    select * from {{ ref('stg_risk_assessments') }} where not is_deleted
),

{{ import_ctes({
    'dim_customer': ref('dim_customer'),
    'dim_agent': ref('dim_agent'),
}) -}}

source_rows as (
    select
        *,
        cast(assessment_date as timestamp) as assessed_at
    from risk_assessments
),

final as (
    select
        source_rows.assessment_id,
        {{ version_keys('customer') }},
        coalesce(dim_agent.agent_key, -1) as agent_key,
        {{ date_key('source_rows.assessment_date') }} as date_key,
        {{ date_key('source_rows.next_review_date') }} as next_review_date_key,
        source_rows.customer_id,
        source_rows.assessor_id as agent_id,
        source_rows.assessment_date,
        source_rows.kyc_updated_date,
        source_rows.next_review_date,
        source_rows.assessment_type,
        source_rows.risk_rating,
        source_rows.credit_risk,
        source_rows.fraud_risk,
        source_rows.aml_risk,
        source_rows.kyc_status,
        coalesce(source_rows.is_pep, false) as is_pep,
        coalesce(source_rows.is_sanctioned, false) as is_sanctioned,
        coalesce(source_rows.has_adverse_media, false) as has_adverse_media,
        coalesce(source_rows.requires_enhanced_due_diligence, false)
            as is_enhanced_due_diligence_required,
        row_number() over (
            partition by source_rows.customer_id
            order by source_rows.assessment_date desc, source_rows.assessment_id desc
        ) = 1 as is_latest,
        source_rows.risk_score
    from source_rows
    {{ join_as_of('dim_customer', 'customer_id', 'source_rows.assessed_at') }}
    left join dim_agent on source_rows.assessor_id = dim_agent.agent_id
)

select * from final
