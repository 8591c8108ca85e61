with

customer_retention as (
    select * from {{ ref('stg_customer_retention') }} where not is_deleted
),

{{ import_ctes({
    'dim_customer': ref('dim_customer'),
    'dim_product': ref('dim_product'),
}) -}}

source_rows as (
    select
        *,
        cast(churn_date as timestamp) as churned_at
    from customer_retention
),

final as (
    select
        source_rows.customer_id,
        source_rows.product_id,
        source_rows.churn_date,
        {{ version_keys('customer') }},
        coalesce(dim_product.product_key, -1) as product_key,
        {{ date_key('source_rows.churn_date') }} as date_key,
        source_rows.churn_reason,
        coalesce(source_rows.was_recovered, false) as is_recovered,
        source_rows.exit_survey_score,
        source_rows.lifetime_value as lifetime_value_amount
    from source_rows
    {{ join_as_of('dim_customer', 'customer_id', 'source_rows.churned_at') }}
    left join dim_product on source_rows.product_id = dim_product.product_id
)

select * from final
