with

staff as (
    select * from {{ ref('int_staff') }}
),

advisors as (
    {{ known_members('advisors') }}
),

{# One row a person even where one has several roles. -#}
agents as (
    select
        agent_id,
        count(case when role = 'Service Agent' then 1 end) > 0 as is_service_agent,
        count(case when role = 'Fraud Investigator' then 1 end) > 0 as is_fraud_investigator,
        count(case when role = 'Risk Assessor' then 1 end) > 0 as is_risk_assessor
    from staff
    group by agent_id
),

final as (
    select
        {{ surrogate_key(["'agent'", 'agent_id']) }} as agent_key,
        'agent:' || agent_id as staff_code,
        'Agent' as staff_type,
        agent_id,
        cast(null as {{ text_type() }}) as advisor_id,
        is_service_agent,
        is_fraud_investigator,
        is_risk_assessor,
        false as is_advisor,
        cast(null as {{ text_type() }}) as office_location,
        cast(null as {{ text_type() }}) as certification_level,
        cast(null as integer) as years_experience,
        cast(null as decimal(18, 6)) as satisfaction_score,
        cast(null as integer) as client_count,
        false as is_deleted,
        false as is_inferred
    from agents
    union all
    select
        {{ surrogate_key(["'advisor'", 'advisor_id']) }},
        'advisor:' || advisor_id,
        'Advisor',
        null,
        advisor_id,
        false,
        false,
        false,
        true,
        office_location,
        certification_level,
        years_experience,
        satisfaction_avg,
        clients_count,
        is_deleted,
        is_inferred
    from advisors
    union all
    select
        -1, 'Unknown', 'Unknown', null, null, false, false, false, false, null, null, null, null,
        null, false, false
)

select * from final
