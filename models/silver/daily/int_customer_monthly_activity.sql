{# Groups of a few rows: sorting them is less than hashing them. #}
{{ config(
    materialized='incremental',
    incremental_strategy='touched_keys',
    partition_by={'month': 'month_start'},
    unique_key=['customer_id', 'month_start'],
    ordered_by=['customer_id', 'month_start'],
    indexes=[{'columns': ['customer_id', 'month_start'], 'unique': true}],
    planner={'enable_hashagg': 'off'}
) }}

{%- set purchase = "is_completed and transaction_type = 'Purchase'" -%}
{%- set account_versions = ref('int_account_versions') -%}
{%- set account_currencies = ref('int_account_currencies') -%}
{%- set accounts_of_changed_rates = accounts_of_changed_rates() -%}
{#- Each source is summed to customer and month by itself before the sums are laid together. -#}
{%- set sources = [
    {
        'table': 'transactions',
        'key': 'transaction_id',
        'at': 'transaction_at',
        'base': ref('base_transactions'),
        'versions': ref('int_transactions_versions'),
        'staged': ref('stg_transactions'),
        'measures': {
            'transaction_count': 'count(*) filter (where not is_book_entry)',
            'completed_count': 'count(*) filter (where is_completed and not is_book_entry)',
            'declined_count': 'count(*) filter (where is_declined)',
            'initiated_count': 'count(*) filter (where is_completed and is_customer_initiated)',
            'purchase_count': 'count(*) filter (where ' ~ purchase ~ ')',
            'international_count': 'count(*) filter (where is_completed and is_international)',
            'fraud_count': 'count(*) filter (where is_fraud)',
            'inflow_amount': money_sum('true', 'reporting_inflow_amount'),
            'outflow_amount': money_sum('true', 'reporting_outflow_amount'),
            'purchase_amount': money_sum(purchase, 'reporting_outflow_amount'),
            'fee_amount': money_sum("transaction_type = 'Fee'", 'reporting_outflow_amount'),
        },
        'money': {'inflow_amount': 'transaction_date', 'outflow_amount': 'transaction_date'},
    },
    {
        'table': 'digital_engagement',
        'key': 'engagement_id',
        'at': 'engaged_at',
        'base': ref('base_digital_engagement'),
        'versions': ref('int_digital_engagement_versions'),
        'staged': ref('stg_digital_engagement'),
        'measures': {
            'digital_session_count': 'count(*)',
            'digital_minutes': 'coalesce(sum(session_duration_minutes), 0)',
        },
    },
    {
        'table': 'customer_interactions',
        'key': 'interaction_id',
        'at': 'interaction_at',
        'base': ref('base_customer_interactions'),
        'versions': ref('int_customer_interactions_versions'),
        'staged': ref('stg_customer_interactions'),
        'measures': {
            'contact_count': 'count(*)',
            'complaint_count': 'count(*) filter (where is_complaint)',
            'unresolved_complaint_count':
                "count(*) filter (where is_complaint and resolution_status = 'Unresolved')",
            'rated_contact_count': 'count(satisfaction_rating)',
            'satisfaction_rating_total': 'coalesce(sum(satisfaction_rating), 0)',
        },
    },
    {
        'table': 'loan_payments',
        'key': 'payment_id',
        'at': 'scheduled_date',
        'base': ref('base_loan_payments'),
        'versions': ref('int_loan_payments_versions'),
        'rows': ref('int_loan_instalments'),
        'measures': {
            'payment_due_count': 'count(*) filter (where payment_number = 1)',
            'late_payment_count':
                'count(*) filter (where payment_number = 1 and settled_date > scheduled_date)',
            'unpaid_payment_count':
                'count(*) filter (where payment_number = 1 and settled_date is null)',
            'payment_due_amount': money_sum('true', 'reporting_due_amount'),
            'payment_paid_amount': money_sum('true', 'reporting_received_amount'),
            'late_fee_amount': money_sum('true', 'reporting_late_fee_amount'),
        },
        'money': {
            'due_amount': 'scheduled_date',
            'received_amount': 'received_date',
            'late_fee_amount': 'received_date',
        },
    },
] %}

with

{% if is_incremental() -%}
touched as (
    {%- for source in sources %}
    {{ 'union' if not loop.first }}
    {{ touched_places(
        source.base, source.versions, source.key,
        {'customer_id': 'customer_id', 'month_start': month_start(source.at)}
    ) }}
    {%- endfor %}
    {%- for source in sources if source.money %}
    union
    -- the day's rate has changed, or the currency of the account
    select
        moved.customer_id,
        {{ month_start('moved.' ~ source.at) }} as month_start
    from (select * from {{ source.rows or source.staged }}) as moved
    inner join (
        {{ accounts_of_changed_rates }}
        union
        select
            account_id,
            cast('1900-01-01' as date) as changed_from
        from (select * from {{ account_versions }}) as account_versions
        where not is_deleted
        group by account_id
        having min(currency) <> max(currency) and max(_batch_id) > {{ last_built_batch() }}
    ) as revalued
        on moved.account_id = revalued.account_id
            and (
            {%- for day in source.money.values() | unique %}
                {{ 'or ' if not loop.first }}moved.{{ day }} >= revalued.changed_from
            {%- endfor %}
            )
    {%- endfor %}
),
{%- endif %}

reporting as (
    select * from {{ ref('int_reporting_currency') }}
),

account_currencies as (
    select * from {{ account_currencies }}
),

{#- One import for each use: a CTE that is used twice would be read whole, again and again. #}
{%- for day in ['transaction_date', 'scheduled_date', 'received_date'] %}

rates_of_{{ day }} as (
    select * from {{ ref('int_exchange_rates') }}
),
{%- endfor %}

{% for source in sources -%}
{%- if source.money -%}
{{ source.table }} as (
    select
        moved.*
        {%- for amount, day in source.money.items() %},
        {%- set rates = 'rates_of_' ~ day %}
        {{ in_reporting_currency('moved.' ~ amount, exchange_rate('account_currencies.currency', rates)) }}
            as reporting_{{ amount }}
        {%- endfor %}
    from (select * from {{ source.rows or source.staged ~ ' where not is_deleted' }}) as moved
    cross join reporting
    left join account_currencies on moved.account_id = account_currencies.account_id
    {%- for day in source.money.values() | unique %}
    {{ join_rates('account_currencies.currency', 'moved.' ~ day, 'rates_of_' ~ day) }}
    {%- endfor %}
),
{%- else -%}
{{ source.table }} as (
    select * from {{ source.rows or source.staged ~ ' where not is_deleted' }}
),
{%- endif %}

{{ source.table }}_by_month as (
    select
        {%- if is_incremental() %}
        touched.customer_id,
        touched.month_start,
        {%- else %}
        customer_id,
        {{ month_start(source.at) }} as month_start,
        {%- endif %}
        {%- for measure, expression in source.measures.items() %}
        {{ expression }} as {{ measure }}{{ ',' if not loop.last }}
        {%- endfor %}
    {%- if is_incremental() %}
    from touched
    inner join {{ source.table }}
        on touched.customer_id = {{ source.table }}.customer_id
            and touched.month_start = {{ month_start(source.table ~ '.' ~ source.at) }}
    group by touched.customer_id, touched.month_start
    {%- else %}
    from {{ source.table }}
    group by customer_id, {{ month_start(source.at) }}
    {%- endif %}
),

{% endfor -%}

summed as (
    select
        customer_id,
        month_start
        {%- for source in sources %}
        {%- for measure in source.measures %},
        {%- set type = 'decimal(18, 3)' if measure.endswith('_amount')
            else 'bigint' if measure.endswith('_count') else 'decimal(18, 6)' %}
        cast(coalesce({{ measure }}, 0) as {{ type }}) as {{ measure }}
        {%- endfor %}
        {%- endfor %}
    from {{ sources[0].table }}_by_month
    {%- for source in sources[1:] %}
    full join {{ source.table }}_by_month using (customer_id, month_start)
    {%- endfor %}
),

final as (
    {% if is_incremental() -%}
    select
        *,
        transaction_count is not null as _is_alive
    from touched
    left join summed using (customer_id, month_start)
    {%- else -%}
    select * from summed
    {%- endif %}
)

select * from final
