with

credit_applications as (
    select * from {{ ref('stg_credit_applications') }} where not is_deleted
),

applicants as (
    select
        customer_id,
        date_of_birth
    from {{ ref('stg_customers') }}
),

{{ import_ctes({
    'dim_customer': ref('dim_customer'),
    'dim_account': ref('dim_account'),
    'dim_product': ref('dim_product'),
    'dim_channel': ref('dim_channel'),
    'account_currencies': ref('int_account_currencies'),
    'reporting': ref('int_reporting_currency'),
    'rates': ref('int_exchange_rates'),
}) -}}

source_rows as (
    select
        credit_applications.*,
        account_currencies.currency,
        {{ exchange_rate('account_currencies.currency') }} as exchange_rate,
        cast(credit_applications.application_date as timestamp) as applied_at
    from credit_applications
    cross join reporting
    left join account_currencies on credit_applications.account_id = account_currencies.account_id
    {{ join_rates('account_currencies.currency', 'credit_applications.application_date') }}
),

final as (
    select
        source_rows.application_id,
        {{ version_keys('customer') }},
        {{ version_keys('account') }},
        coalesce(dim_product.product_key, -1) as product_key,
        coalesce(dim_channel.channel_key, -1) as channel_key,
        {{ date_key('source_rows.application_date') }} as application_date_key,
        {{ date_key('source_rows.decision_date') }} as decision_date_key,
        source_rows.customer_id,
        source_rows.account_id,
        source_rows.product_id,
        source_rows.application_date,
        source_rows.decision_date,
        source_rows.application_channel,
        source_rows.decision,
        source_rows.decline_reason,
        source_rows.risk_grade,
        source_rows.credit_score_band,
        source_rows.is_approved,
        source_rows.decision = 'Declined' as is_declined,
        source_rows.decision = 'Pending' as is_pending,
        source_rows.application_date
        >= {{ add_months('applicants.date_of_birth', 12 * var('elderly_age_years')) }}
            as is_elderly_applicant,
        source_rows.days_to_decision,
        source_rows.requested_term_months,
        source_rows.credit_score_at_application,
        source_rows.employment_length_years,
        source_rows.debt_to_income_ratio,
        source_rows.approval_probability_score,
        source_rows.approved_rate,
        source_rows.annual_income as annual_income_amount,
        source_rows.currency,
        source_rows.exchange_rate is null as is_without_rate,
        source_rows.exchange_rate,
        source_rows.requested_amount as original_requested_amount,
        {{ in_reporting_currency('source_rows.requested_amount') }} as requested_amount,
        case
            when source_rows.is_approved
                then {{ in_reporting_currency('coalesce(source_rows.approved_amount, 0)') }}
            else 0
        end as approved_amount
    from source_rows
    left join applicants on source_rows.customer_id = applicants.customer_id
    {{ join_as_of('dim_customer', 'customer_id', 'source_rows.applied_at') }}
    {{ join_as_of('dim_account', 'account_id', 'source_rows.applied_at') }}
    left join dim_product on source_rows.product_id = dim_product.product_id
    left join dim_channel on source_rows.application_channel = dim_channel.channel_name
)

select * from final
