{{ config(
    materialized='incremental',
    incremental_strategy='touched_keys',
    partition_by={'month': 'interaction_at'},
    unique_key='interaction_id',
    indexes=[
        {'columns': ['interaction_id'], 'unique': true},
        {'columns': ['_changed_batch_id']},
        {'columns': ['quarantine_rule'], 'where': 'quarantine_rule is not null'},
        {'columns': ['(' ~ month_start('interaction_at') ~ ')', 'customer_id']}
    ]
) }}

{{ latest_versions('customer_interactions', {'customers': ref('base_customers')}) }}
