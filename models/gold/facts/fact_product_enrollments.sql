with

product_enrollments as (
    select * from {{ ref('stg_product_enrollments') }} where not is_deleted
),

{{ import_ctes({
    'dim_customer': ref('dim_customer'),
    'dim_account': ref('dim_account'),
    'dim_product': ref('dim_product'),
    'dim_agent': ref('dim_agent'),
    'dim_channel': ref('dim_channel'),
    'account_currencies': ref('int_account_currencies'),
    'reporting': ref('int_reporting_currency'),
    'rates': ref('int_exchange_rates'),
}) -}}

source_rows as (
    select
        product_enrollments.*,
        account_currencies.currency,
        {{ exchange_rate('account_currencies.currency') }} as exchange_rate,
        cast(product_enrollments.enrollment_date as timestamp) as enrolled_at
    from product_enrollments
    cross join reporting
    left join account_currencies on product_enrollments.account_id = account_currencies.account_id
    {{ join_rates('account_currencies.currency', 'product_enrollments.enrollment_date') }}
),

final as (
    select
        source_rows.enrollment_id,
        {{ version_keys('customer') }},
        {{ version_keys('account') }},
        coalesce(dim_product.product_key, -1) as product_key,
        coalesce(dim_agent.agent_key, -1) as advisor_agent_key,
        coalesce(dim_channel.channel_key, -1) as channel_key,
        {{ date_key('source_rows.enrollment_date') }} as date_key,
        source_rows.customer_id,
        source_rows.account_id,
        source_rows.product_id,
        source_rows.advisor_id,
        source_rows.enrollment_date,
        source_rows.channel,
        source_rows.status,
        source_rows.contribution_frequency,
        source_rows.status = 'Active' as is_active,
        source_rows.currency,
        source_rows.exchange_rate is null as is_without_rate,
        source_rows.exchange_rate,
        coalesce(source_rows.initial_investment, 0) as original_initial_investment_amount,
        {{ in_reporting_currency('coalesce(source_rows.initial_investment, 0)') }} as initial_investment_amount,
        {{ in_reporting_currency('coalesce(source_rows.monthly_contribution, 0)') }} as monthly_contribution_amount
    from source_rows
    {{ join_as_of('dim_customer', 'customer_id', 'source_rows.enrolled_at') }}
    {{ join_as_of('dim_account', 'account_id', 'source_rows.enrolled_at') }}
    left join dim_product on source_rows.product_id = dim_product.product_id
    left join dim_agent on source_rows.advisor_id = dim_agent.advisor_id
    left join dim_channel on source_rows.channel = dim_channel.channel_name
)

select * from final
