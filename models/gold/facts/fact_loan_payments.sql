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

with

{% if is_incremental() -%}
touched as (
    {{ touched }}
    -- an unpaid instalment grows older with every day that as_of advances
    union
    select payment_id from {{ this }} where actual_date is null
),
{%- endif %}

loan_payments as (
    select * from {{ ref('stg_loan_payments') }} where not is_deleted
),

pinned as (
    select as_of_date from {{ ref('int_as_of') }}
),

{{ import_ctes({
    'dim_customer': ref('dim_customer'),
    'dim_account': ref('dim_account'),
    'dim_product': ref('dim_product'),
}) -}}

to_build as (
    {{ rows_to_build('loan_payments', 'payment_id', 'account_id') }}
),

source_rows as (
    select
        to_build.*,
        cast(to_build.scheduled_date as timestamp) as scheduled_at,
        greatest(
            0, {{ days_between('to_build.scheduled_date', 'coalesce(to_build.actual_date, pinned.as_of_date)') }}
        ) as days_past_due
    from to_build
    cross join pinned
),

final as (
    select
        source_rows.payment_id,
        {{ version_keys('customer') }},
        {{ version_keys('account') }},
        coalesce(dim_product.product_key, -1) as product_key,
        {{ date_key('source_rows.scheduled_date') }} as scheduled_date_key,
        {{ date_key('source_rows.actual_date') }} as actual_date_key,
        source_rows.customer_id,
        source_rows.account_id,
        dim_account.product_id,
        source_rows.installment_number,
        source_rows.scheduled_date,
        source_rows.actual_date,
        source_rows.payment_method,
        source_rows.is_paid,
        source_rows.days_past_due > 0 as is_late,
        coalesce(source_rows.is_defaulted, false) as is_defaulted,
        source_rows.days_past_due,
        {{ band('source_rows.days_past_due', 'delinquency') }} as delinquency_bucket,
        source_rows.scheduled_amount,
        coalesce(source_rows.actual_amount, 0) as paid_amount,
        coalesce(source_rows.principal_amount, 0) as principal_amount,
        coalesce(source_rows.interest_amount, 0) as interest_amount,
        coalesce(source_rows.late_fee, 0) as late_fee_amount,
        source_rows.scheduled_amount - coalesce(source_rows.actual_amount, 0) as shortfall_amount,
        source_rows.outstanding_balance as outstanding_balance_amount
        {{- alive_column() }}
    from source_rows
    {{ join_as_of('dim_customer', 'customer_id', 'source_rows.scheduled_at') }}
    {{ join_as_of('dim_account', 'account_id', 'source_rows.scheduled_at') }}
    left join dim_product on dim_account.product_id = dim_product.product_id
)

select * from final
