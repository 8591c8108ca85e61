{{ config(
    materialized='incremental',
    incremental_strategy='touched_keys',
    partition_by={'value': '_batch_id'},
    unique_key=['feed_id', '_batch_id', '_source_row'],
    indexes=[
        {'columns': ['feed_id']},
        {'columns': ['account_id']},
        {'columns': ['customer_id']},
        {'columns': ['_batch_id'], 'type': 'brin'}
    ]
) }}

{#- An event says one thing: its attribute's old and new value, as text. A value that cannot be
    read is passed over. -#}
{%- set readers = {
    'account_status': value_in_set('{value}', 'accounts', 'account_status'),
    'credit_limit': decimal_from_text('{value}', 18, 3),
    'interest_rate': decimal_from_text('{value}', 9, 6),
    'product_id': "nullif(trim({value}), '')",
} %}

-- depends_on: {{ ref('int_as_of') }}
with

arrived as (
    {{ arrived_versions('account_events') }}
),

final as (
    select
        event_id as feed_id,
        account_id,
        customer_id,
        event_at as effective_at,
        {%- for attribute, reader in readers.items() %}
        case when attribute = '{{ attribute }}' then {{ reader | replace('{value}', 'new_value') }} end
            as {{ attribute }},
        case when attribute = '{{ attribute }}' then {{ reader | replace('{value}', 'old_value') }} end
            as previous_{{ attribute }},
        {%- endfor %}
        not is_deleted
            and quarantine_rule is null
            and lower(coalesce(approval_status, 'approved'))
            not in ('pending', 'declined', 'rejected', 'denied')
            as is_statement,
        _batch_id,
        _extracted_at,
        _source_file,
        _source_row
    from arrived
)

select * from final
