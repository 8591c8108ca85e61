{{ config(
    materialized='incremental',
    incremental_strategy='touched_keys',
    unique_key='assessment_id',
    indexes=[
        {'columns': ['assessment_id'], 'unique': true},
        {'columns': ['_changed_batch_id']},
        {'columns': ['quarantine_rule'], 'where': 'quarantine_rule is not null'}
    ]
) }}

{{ latest_versions('risk_assessments', {'customers': ref('base_customers')}) }}
