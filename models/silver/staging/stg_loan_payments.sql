select
    payment_id,
    account_id,
    customer_id,
    installment_number,
    scheduled_date,
    actual_date,
    scheduled_amount,
    actual_amount,
    principal_amount,
    interest_amount,
    outstanding_balance,
    days_late,
    late_fee,
    payment_method,
    is_defaulted,
    {{ month_start('scheduled_date') }} as scheduled_month,
    actual_date is not null as is_paid,
    case
        when actual_date is not null
            then greatest(0, {{ days_between('scheduled_date', 'actual_date') }})
    end as payment_delay_days,
    case
        when actual_date is not null
            then {{ days_between('scheduled_date', 'actual_date') }}
                >= {{ var('late_payment_days') }}
    end as is_30_plus_late,
    is_deleted,
    _first_batch_id,
    _changed_batch_id,
    _batch_id,
    _extracted_at,
    _source_file,
    _source_row
from (select * from {{ ref('base_loan_payments') }} where quarantine_rule is null) as good_rows
