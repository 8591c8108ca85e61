{{ config(
    materialized='incremental',
    incremental_strategy='touched_keys',
    partition_by={'month': 'scheduled_date'},
    unique_key='payment_id'
) }}

{%- set touched = touched_rows(
    ref('base_loan_payments'), 'payment_id', 'scheduled_date',
    histories={
        'customer_id': ref('int_customer_changes'),
        'account_id': ref('int_account_changes'),
    },
    parents=[{
        'id': 'product_id',
        'key': 'product_key',
        'base': ref('base_products'),
        'dimension': ref('dim_product'),
    }]
) %}
{%- set touched_dues = touched_places(
    ref('base_loan_payments'), ref('int_loan_payments_versions'), 'payment_id',
    {'account_id': 'account_id', 'scheduled_date': 'scheduled_date'}
) -%}
{%- set touched_by_currency = touched_by_currency('payment_id', ['scheduled_date', 'actual_date']) %}

with

loan_payments as (
    select * from {{ ref('int_loan_instalments') }}
),

{% if is_incremental() -%}
touched as (
    {{ touched }}
    {{ touched_by_currency }}
    -- a payment says whether the whole instalment is settled, on each of its rows
    union
    select loan_payments.payment_id
    from ({{ touched_dues }}) as touched_dues
    inner join loan_payments
        on touched_dues.account_id = loan_payments.account_id
            and touched_dues.scheduled_date = loan_payments.scheduled_date
    -- what is not settled grows older with every day that as_of advances
    union
    select payment_id from {{ this }} where not is_settled
),
{%- endif %}

pinned as (
    select as_of_date from {{ ref('int_as_of') }}
),

{{ import_ctes({
    'dim_customer': ref('dim_customer'),
    'dim_account': ref('dim_account'),
    'dim_product': ref('dim_product'),
    'account_currencies': ref('int_account_currencies'),
    'reporting': ref('int_reporting_currency'),
    'rates': ref('int_exchange_rates'),
    'paid_rates': ref('int_exchange_rates'),
}) -}}

to_build as (
    {{ rows_to_build('loan_payments', 'payment_id', 'account_id') }}
),

source_rows as (
    select
        to_build.*,
        account_currencies.currency,
        {{ exchange_rate('account_currencies.currency') }} as exchange_rate,
        case
            when to_build.received_date is null then {{ exchange_rate('account_currencies.currency') }}
            else {{ exchange_rate('account_currencies.currency', 'paid_rates') }}
        end as paid_exchange_rate,
        cast(to_build.scheduled_date as timestamp) as scheduled_at,
        greatest(
            0, {{ days_between('to_build.scheduled_date', 'coalesce(to_build.settled_date, pinned.as_of_date)') }}
        ) as days_past_due
    from to_build
    cross join pinned
    cross join reporting
    left join account_currencies on to_build.account_id = account_currencies.account_id
    {{ join_rates('account_currencies.currency', 'to_build.scheduled_date') }}
    {{ join_rates('account_currencies.currency', 'to_build.received_date', 'paid_rates') }}
),

final as (
    select
        source_rows.payment_id,
        {{ version_keys('customer') }},
        {{ version_keys('account') }},
        coalesce(dim_product.product_key, -1) as product_key,
        {{ date_key('source_rows.scheduled_date') }} as scheduled_date_key,
        {{ date_key('source_rows.received_date') }} as actual_date_key,
        source_rows.customer_id,
        source_rows.account_id,
        dim_account.product_id,
        source_rows.installment_number,
        cast(source_rows.payment_number as integer) as payment_number,
        source_rows.scheduled_date,
        source_rows.received_date as actual_date,
        source_rows.settled_date,
        source_rows.payment_method,
        source_rows.settled_date is not null as is_settled,
        source_rows.days_past_due > 0 as is_late,
        source_rows.is_defaulted,
        source_rows.days_past_due,
        {{ band('source_rows.days_past_due', 'delinquency') }} as delinquency_bucket,
        source_rows.currency,
        source_rows.exchange_rate is null or source_rows.paid_exchange_rate is null
            as is_without_rate,
        source_rows.exchange_rate,
        source_rows.paid_exchange_rate,
        source_rows.due_amount as original_scheduled_amount,
        source_rows.received_amount as original_paid_amount,
        source_rows.shortfall_amount as original_shortfall_amount,
        source_rows.outstanding_balance_amount as original_outstanding_balance_amount,
        {{ in_reporting_currency('source_rows.due_amount') }} as scheduled_amount,
        {{ in_reporting_currency('source_rows.received_amount', 'source_rows.paid_exchange_rate') }} as paid_amount,
        {{ in_reporting_currency('source_rows.due_principal_amount') }} as principal_amount,
        {{ in_reporting_currency('source_rows.due_interest_amount') }} as interest_amount,
        {{ in_reporting_currency('source_rows.received_interest_amount', 'source_rows.paid_exchange_rate') }}
            as paid_interest_amount,
        {{ in_reporting_currency('source_rows.late_fee_amount', 'source_rows.paid_exchange_rate') }} as late_fee_amount,
        {{ in_reporting_currency('source_rows.shortfall_amount') }} as shortfall_amount,
        {{ in_reporting_currency('source_rows.outstanding_balance_amount') }} as outstanding_balance_amount
        {{- alive_column() }}
    from source_rows
    {{ join_as_of('dim_customer', 'customer_id', 'source_rows.scheduled_at') }}
    {{ join_as_of('dim_account', 'account_id', 'source_rows.scheduled_at') }}
    left join dim_product on dim_account.product_id = dim_product.product_id
)

select * from final
