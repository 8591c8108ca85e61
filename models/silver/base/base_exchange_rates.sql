{{ config(
    materialized='incremental',
    incremental_strategy='touched_keys',
    unique_key=['rate_date', 'currency', 'reporting_currency'],
    indexes=[
        {'columns': ['rate_date', 'currency', 'reporting_currency'], 'unique': true},
        {'columns': ['_changed_batch_id']},
        {'columns': ['quarantine_rule'], 'where': 'quarantine_rule is not null'}
    ]
) }}

{{ latest_versions('exchange_rates') }}
