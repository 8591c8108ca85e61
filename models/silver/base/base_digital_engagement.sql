{{ config(
    materialized='incremental',
    incremental_strategy='touched_keys',
    partition_by={'month': 'engaged_at'},
    unique_key='engagement_id',
    indexes=[
        {'columns': ['engagement_id'], 'unique': true},
        {'columns': ['_changed_batch_id']},
        {'columns': ['quarantine_rule'], 'where': 'quarantine_rule is not null'},
        {'columns': ['(' ~ month_start('engaged_at') ~ ')', 'customer_id']}
    ]
) }}

{{ latest_versions('digital_engagement', {'customers': ref('base_customers')}) }}
