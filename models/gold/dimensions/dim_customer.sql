{{ config(
    materialized='incremental',
    incremental_strategy='touched_keys',
    unique_key='customer_key',
    touched_by='customer_id'
) }}

{#- What makes a version; in_feed: customer_segments_history speaks of it too. -#}
{%- set versioned = [
    {'name': 'customer_segment', 'type': text_type(), 'in_feed': true},
    {'name': 'loyalty_tier', 'type': text_type(), 'in_feed': true},
    {'name': 'risk_segment', 'type': text_type(), 'in_feed': true},
    {'name': 'credit_score_band', 'type': text_type(), 'in_feed': false},
    {'name': 'city', 'type': text_type(), 'in_feed': false},
    {'name': 'state', 'type': text_type(), 'in_feed': false},
    {'name': 'zip_code', 'type': text_type(), 'in_feed': false},
] -%}
{#- Today's value on every version. -#}
{%- set overwritten = [
    {'name': 'country', 'unknown': "'Unknown'"},
    {'name': 'signup_date', 'unknown': 'null'},
    {'name': 'acquisition_channel', 'unknown': "'Unknown'"},
    {'name': 'birth_year_band', 'unknown': "'Unknown'"},
    {'name': 'income_band', 'unknown': "'Unknown'"},
    {'name': 'employment_status', 'unknown': "'Unknown'"},
    {'name': 'education_level', 'unknown': "'Unknown'"},
    {'name': 'marital_status', 'unknown': "'Unknown'"},
    {'name': 'home_ownership', 'unknown': "'Unknown'"},
    {'name': 'number_of_dependents', 'unknown': 'null'},
    {'name': 'life_stage', 'unknown': "'Unknown'"},
    {'name': 'risk_tolerance', 'unknown': "'Unknown'"},
    {'name': 'preferred_channel', 'unknown': "'Unknown'"},
    {'name': 'has_marketing_opt_in', 'unknown': 'null'},
    {'name': 'is_active', 'unknown': 'null'},
] %}

with

versions as (
    select * from {{ ref('int_customer_versions') }}
),

feed as (
    select * from {{ ref('int_customer_feed') }}
),

feed_places as (
    select feed_id, customer_id from {{ ref('int_customer_feed') }}
),

changes as (
    select * from {{ ref('int_customer_changes') }}
),

{{ scd2_history('customer_id', versioned) }}

final as (
    select
        {{ surrogate_key(['scd2_history.customer_id', 'scd2_history.valid_from']) }} as customer_key,
        {{ surrogate_key(['scd2_history.customer_id']) }} as customer_durable_key,
        scd2_history.customer_id,
        {%- for column in versioned %}
        scd2_history.{{ column.name }},
        {%- endfor %}
        {%- for column in overwritten %}
        latest_versions.{{ column.name }},
        {%- endfor %}
        scd2_history.valid_from,
        scd2_history.valid_to,
        scd2_history.is_current,
        scd2_history.is_deleted,
        scd2_history.version_number,
        scd2_history.row_hash
    from scd2_history
    inner join latest_versions on scd2_history.customer_id = latest_versions.customer_id
    {%- if not is_incremental() %}
    union all
    select
        -1,
        -1,
        'Unknown',
        {%- for column in versioned %}
        'Unknown',
        {%- endfor %}
        {%- for column in overwritten %}
        {{ column.unknown }},
        {%- endfor %}
        cast('1900-01-01' as timestamp),
        cast('9999-12-31' as timestamp),
        true,
        false,
        1,
        {{ row_hash(["'Unknown'"]) }}
    {%- endif %}
)

select * from final
