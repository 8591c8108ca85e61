{{ config(
    materialized='incremental',
    incremental_strategy='touched_keys',
    unique_key=['agent_id', 'role']
) }}

-- depends_on: {{ ref('int_as_of') }}
with

{% set roles = {
    'customer_interactions': ['agent_id', 'interaction_at', 'Service Agent'],
    'fraud_alerts': ['assigned_to', 'alert_at', 'Fraud Investigator'],
    'risk_assessments': ['assessor_id', 'assessment_date', 'Risk Assessor'],
} -%}
{% for table_name in roles -%}
{{ table_name }} as (
    {{ arrived_versions(table_name) }}
),

{% endfor -%}
final as (
    {%- for table_name, (column, at, role) in roles.items() %}
    select
        {{ column }} as agent_id,
        '{{ role }}' as role
    from {{ table_name }}
    where {{ column }} is not null
        {%- if var('as_of', none) %} and {{ at }} <= {{ pinned_as_of() }}{% endif %}
    {{ 'union' if not loop.last }}
    {%- endfor %}
)

select * from final
