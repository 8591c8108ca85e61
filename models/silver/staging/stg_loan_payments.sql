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
    -- a source that says when it was paid and not how much means all of it
    coalesce(actual_amount, case when actual_date is not null then scheduled_amount end, 0)
        as received_amount,
    case
        when actual_amount > 0
            or (actual_amount is null and actual_date is not null and scheduled_amount > 0)
            then coalesce(actual_date, scheduled_date)
    end as received_date,
    is_deleted,
    _first_batch_id,
    _changed_batch_id,
    _batch_id,
    _extracted_at,
    _source_file,
    _source_row
from (select * from {{ ref('base_loan_payments') }} where quarantine_rule is null) as good_rows
