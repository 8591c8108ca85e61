with

regulatory_reports as (
    select * from {{ ref('stg_regulatory_reports') }} where not is_deleted
),

pinned as (
    select as_of_date from {{ ref('int_as_of') }}
),

{{ import_ctes({
    'dim_customer': ref('dim_customer'),
    'dim_account': ref('dim_account'),
}) -}}

source_rows as (
    select
        regulatory_reports.*,
        {{ end_of_day('coalesce(regulatory_reports.report_period_end, regulatory_reports.due_date)') }} as reported_at,
        {{ days_between(
            'regulatory_reports.due_date',
            'coalesce(regulatory_reports.filed_date, pinned.as_of_date)'
        ) }} as days_after_due
    from regulatory_reports
    cross join pinned
),

final as (
    select
        source_rows.report_id,
        {{ version_keys('customer') }},
        {{ version_keys('account') }},
        {{ date_key('source_rows.report_period_start') }} as period_start_date_key,
        {{ date_key('source_rows.report_period_end') }} as period_end_date_key,
        {{ date_key('source_rows.due_date') }} as due_date_key,
        {{ date_key('source_rows.filed_date') }} as filed_date_key,
        source_rows.customer_id,
        source_rows.account_id,
        source_rows.transaction_id,
        source_rows.report_type,
        source_rows.regulator,
        source_rows.report_period_start,
        source_rows.report_period_end,
        source_rows.due_date,
        source_rows.filed_date,
        source_rows.follow_up_date,
        source_rows.filing_status,
        source_rows.filing_method,
        source_rows.risk_level,
        source_rows.is_filed,
        source_rows.days_after_due > 0 as is_overdue,
        coalesce(source_rows.requires_follow_up, false) as is_follow_up_required,
        greatest(0, source_rows.days_after_due) as days_overdue,
        {{ days_between('source_rows.report_period_end', 'source_rows.filed_date') }} as days_to_file,
        source_rows.amount_reported as reported_amount,
        coalesce(source_rows.penalty_amount, 0) as penalty_amount
    from source_rows
    {{ join_as_of('dim_customer', 'customer_id', 'source_rows.reported_at') }}
    {{ join_as_of('dim_account', 'account_id', 'source_rows.reported_at') }}
)

select * from final
