{{ config(
    materialized='incremental',
    incremental_strategy='touched_keys',
    partition_by={'month': 'scheduled_date'},
    unique_key='payment_id',
    indexes=[
        {'columns': ['payment_id'], 'unique': true},
        {'columns': ['account_id', 'scheduled_date']},
        {'columns': ['(' ~ month_start('scheduled_date') ~ ')', 'customer_id']}
    ]
) }}

{%- set touched_dues = touched_places(
    ref('base_loan_payments'), ref('int_loan_payments_versions'), 'payment_id',
    {'account_id': 'account_id', 'scheduled_date': 'scheduled_date'}
) %}

with

staged as (
    select * from {{ ref('stg_loan_payments') }} where not is_deleted
),

{% if is_incremental() -%}
touched as (
    select distinct
        account_id,
        scheduled_date
    from ({{ touched_dues }}) as places
),

loan_payments as (
    select staged.*
    from touched
    inner join staged
        on touched.account_id = staged.account_id
            and touched.scheduled_date = staged.scheduled_date
),
{%- else -%}
loan_payments as (
    select * from staged
),
{%- endif %}

-- A loan and a day name an instalment, with its number where the source gives one. What is due
-- stands on each of its rows; a row that says only what was left then says less.
of_instalments as (
    select
        *,
        row_number() over by_payment as payment_number,
        max(scheduled_amount) over instalment as due_amount,
        max(coalesce(principal_amount, 0)) over instalment as due_principal_amount,
        max(coalesce(interest_amount, 0)) over instalment as due_interest_amount,
        max(case when is_defaulted then 1 else 0 end) over instalment as defaulted_number,
        sum(received_amount) over instalment as instalment_received_amount,
        sum(received_amount) over by_payment_so_far as received_so_far_amount
    from loan_payments
    window
        instalment as (partition by account_id, scheduled_date, installment_number),
        by_payment as (
            partition by account_id, scheduled_date, installment_number
            order by received_date asc nulls last, payment_id asc
        ),
        by_payment_so_far as (
            partition by account_id, scheduled_date, installment_number
            order by received_date asc nulls last, payment_id asc
            rows between unbounded preceding and current row
        )
),

settled as (
    select
        *,
        min(
            case
                when due_amount = 0 then scheduled_date
                when received_so_far_amount > 0
                    and received_so_far_amount >= due_amount - {{ var('settlement_tolerance') }}
                    then received_date
            end
        ) over (partition by account_id, scheduled_date, installment_number) as settled_date
    from of_instalments
),

instalments as (
    select
        payment_id,
        account_id,
        customer_id,
        installment_number,
        payment_number,
        scheduled_date,
        received_date,
        settled_date,
        payment_method,
        defaulted_number = 1 as is_defaulted,
        cast(case when payment_number = 1 then due_amount else 0 end as decimal(18, 3))
            as due_amount,
        cast(case when payment_number = 1 then due_principal_amount else 0 end as decimal(18, 3))
            as due_principal_amount,
        cast(case when payment_number = 1 then due_interest_amount else 0 end as decimal(18, 3))
            as due_interest_amount,
        cast(received_amount as decimal(18, 3)) as received_amount,
        -- interest is paid before the loan is repaid
        cast(
            least(received_so_far_amount, due_interest_amount)
            - least(received_so_far_amount - received_amount, due_interest_amount)
            as decimal(18, 3)
        ) as received_interest_amount,
        cast(
            case when payment_number = 1 then due_amount - instalment_received_amount else 0 end
            as decimal(18, 3)
        ) as shortfall_amount,
        coalesce(late_fee, 0) as late_fee_amount,
        outstanding_balance as outstanding_balance_amount
    from settled
),

{% if is_incremental() -%}
standing as (
    select built.payment_id
    from touched
    inner join {{ this }} as built
        on touched.account_id = built.account_id
            and touched.scheduled_date = built.scheduled_date
),

final as (
    select
        coalesce(instalments.payment_id, standing.payment_id) as payment_id,
        {%- for column in [
            'account_id', 'customer_id', 'installment_number', 'payment_number', 'scheduled_date',
            'received_date', 'settled_date', 'payment_method', 'is_defaulted', 'due_amount',
            'due_principal_amount', 'due_interest_amount', 'received_amount',
            'received_interest_amount', 'shortfall_amount', 'late_fee_amount',
            'outstanding_balance_amount',
        ] %}
        instalments.{{ column }},
        {%- endfor %}
        instalments.payment_id is not null as _is_alive
    from instalments
    full join standing on instalments.payment_id = standing.payment_id
)
{%- else -%}
final as (
    select * from instalments
)
{%- endif %}

select * from final
