{{ config(
    materialized='incremental',
    incremental_strategy='touched_keys',
    partition_by={'month': 'balance_date'},
    unique_key='balance_id'
) }}

{%- set base_product_enrollments = ref('base_product_enrollments') -%}
{%- set enrollment_versions = ref('int_product_enrollments_versions') -%}
{%- set touched = touched_rows(
    ref('base_account_balances'), 'balance_id', 'balance_date',
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
) -%}
{%- set touched_by_currency = touched_by_currency('balance_id', ['balance_date']) %}

with

account_balances as (
    select * from {{ ref('stg_account_balances') }} where not is_deleted
),

product_enrollments as (
    select * from {{ ref('stg_product_enrollments') }} where not is_deleted
),

{{ import_ctes({
    'dim_customer': ref('dim_customer'),
    'dim_account': ref('dim_account'),
    'dim_product': ref('dim_product'),
    'account_currencies': ref('int_account_currencies'),
    'reporting': ref('int_reporting_currency'),
    'rates': ref('int_exchange_rates'),
}) -}}

{% if is_incremental() -%}
changed_enrollments as (
    select enrollment_id
    from {{ base_product_enrollments }}
    where _changed_batch_id > {{ last_built_batch() }}
),

versions as (
    select * from {{ enrollment_versions }}
),

touched as (
    {{ touched }}
    {{ touched_by_currency }}
),

touched_enrollments as (
    select distinct versions.customer_id
    from changed_enrollments
    inner join versions on changed_enrollments.enrollment_id = versions.enrollment_id
),

-- A balance is the previous balance of the next one: from its old and its new place on, the whole
-- series of the customer and product is taken again.
touched_places as (
    select
        account_balances.customer_id,
        account_balances.product_id,
        account_balances.balance_date as touched_from
    from touched
    inner join account_balances on touched.balance_id = account_balances.balance_id
    union all
    select
        built.customer_id,
        built.product_id,
        built.balance_date as touched_from
    from touched
    inner join {{ this }} as built on touched.balance_id = built.balance_id
    -- the first statement starts from the initial investment of the enrolment
    union all
    select
        account_balances.customer_id,
        account_balances.product_id,
        account_balances.balance_date as touched_from
    from touched_enrollments
    inner join account_balances on touched_enrollments.customer_id = account_balances.customer_id
),

touched_series as (
    select
        customer_id,
        product_id,
        min(touched_from) as touched_from
    from touched_places
    group by customer_id, product_id
),
{%- endif %}

opening_investments as (
    select
        customer_id,
        product_id,
        coalesce(account_id, '') as series_account_id,
        {{ month_start('enrollment_date') }} as enrollment_month,
        initial_investment,
        row_number() over (
            partition by customer_id, product_id, coalesce(account_id, '')
            order by enrollment_date, enrollment_id
        ) as enrollment_rank
    from product_enrollments
),

series as (
    select
        account_balances.*,
        coalesce(account_balances.account_id, '') as series_account_id,
        row_number() over (
            partition by
                account_balances.customer_id,
                account_balances.product_id,
                account_balances.account_id
            order by account_balances.balance_date, account_balances.balance_id
        ) as statement_number,
        lag(account_balances.balance) over (
            partition by
                account_balances.customer_id,
                account_balances.product_id,
                account_balances.account_id
            order by account_balances.balance_date, account_balances.balance_id
        ) as preceding_balance
        {%- if is_incremental() %},
        touched_series.touched_from
        {%- endif %}
    from account_balances
    {%- if is_incremental() %}
    inner join touched_series
        on account_balances.customer_id = touched_series.customer_id
            and account_balances.product_id = touched_series.product_id
    {%- endif %}
),

source_rows as (
    select
        series.*,
        account_currencies.currency,
        {{ exchange_rate('account_currencies.currency') }} as exchange_rate,
        {{ end_of_day('series.balance_date') }} as stated_at,
        case
            when series.statement_number = 1 then opening_investments.initial_investment
            else series.preceding_balance
        end as previous_balance,
        series.net_flow_amount
        + coalesce(series.investment_returns, 0)
        - coalesce(series.fees, 0) as net_change
    from series
    cross join reporting
    left join account_currencies on series.account_id = account_currencies.account_id
    {{ join_rates('account_currencies.currency', 'series.balance_date') }}
    left join opening_investments
        on series.customer_id = opening_investments.customer_id
            and series.product_id = opening_investments.product_id
            and series.series_account_id = opening_investments.series_account_id
            and opening_investments.enrollment_rank = 1
            and opening_investments.enrollment_month = series.balance_month
    {%- if is_incremental() %}
    where series.balance_date >= series.touched_from
    {%- endif %}
),

keyed as (
    select
        source_rows.balance_id,
        {{ version_keys('customer') }},
        {{ version_keys('account') }},
        coalesce(dim_product.product_key, -1) as product_key,
        {{ date_key('source_rows.balance_date') }} as date_key,
        source_rows.customer_id,
        source_rows.account_id,
        source_rows.product_id,
        source_rows.balance_date,
        source_rows.statement_number = 1 as is_first_statement,
        source_rows.currency,
        source_rows.exchange_rate is null as is_without_rate,
        source_rows.exchange_rate,
        source_rows.balance as original_closing_balance_amount,
        {{ in_reporting_currency('source_rows.previous_balance') }} as previous_balance_amount,
        {{ in_reporting_currency('coalesce(source_rows.contributions, 0)') }} as contribution_amount,
        {{ in_reporting_currency('coalesce(source_rows.withdrawals, 0)') }} as withdrawal_amount,
        {{ in_reporting_currency('source_rows.net_flow_amount') }} as net_flow_amount,
        {{ in_reporting_currency('coalesce(source_rows.investment_returns, 0)') }} as investment_return_amount,
        {{ in_reporting_currency('coalesce(source_rows.fees, 0)') }} as fee_amount,
        {{ in_reporting_currency('source_rows.balance') }} as closing_balance_amount,
        source_rows.balance - (source_rows.previous_balance + source_rows.net_change)
            as identity_difference_amount,
        abs(source_rows.balance - (source_rows.previous_balance + source_rows.net_change))
        <= {{ var('balance_identity_tolerance') }} as is_identity_held,
        {{ ratio('source_rows.investment_returns', 'source_rows.previous_balance') }} as return_rate
    from source_rows
    {{ join_as_of('dim_customer', 'customer_id', 'source_rows.stated_at') }}
    {{ join_as_of('dim_account', 'account_id', 'source_rows.stated_at') }}
    left join dim_product on source_rows.product_id = dim_product.product_id
),

{% if is_incremental() -%}
emitted as (
    select balance_id from touched
    union
    select balance_id from keyed
),

final as (
    select
        *,
        customer_id is not null as _is_alive
    from emitted
    left join keyed using (balance_id)
)
{%- else -%}
final as (
    select * from keyed
)
{%- endif %}

select * from final
