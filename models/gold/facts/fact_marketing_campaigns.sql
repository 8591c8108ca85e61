with

marketing_campaigns as (
    select * from {{ ref('stg_marketing_campaigns') }} where not is_deleted
),

{{ import_ctes({
    'dim_campaign': ref('dim_campaign'),
    'dim_product': ref('dim_product'),
}) -}}

source_rows as (
    select
        *,
        coalesce(impressions, 0) as impression_count,
        coalesce(clicks, 0) as click_count,
        coalesce(conversions, 0) as conversion_count,
        coalesce(budget, 0) as budget_amount,
        coalesce(revenue_attributed, 0) as revenue_amount
    from marketing_campaigns
),

final as (
    select
        source_rows.campaign_id,
        coalesce(dim_campaign.campaign_key, -1) as campaign_key,
        coalesce(dim_product.product_key, -1) as product_key,
        {{ date_key('source_rows.start_date') }} as start_date_key,
        {{ date_key('source_rows.end_date') }} as end_date_key,
        source_rows.product_id,
        source_rows.start_date,
        source_rows.end_date,
        source_rows.campaign_type,
        source_rows.target_segment,
        source_rows.target_state,
        source_rows.is_addressed,
        source_rows.duration_days,
        source_rows.impression_count,
        source_rows.click_count,
        source_rows.conversion_count,
        source_rows.budget_amount,
        source_rows.revenue_amount,
        source_rows.revenue_amount - source_rows.budget_amount as net_revenue_amount,
        {{ ratio('source_rows.click_count', 'source_rows.impression_count') }} as click_through_rate,
        {{ ratio('source_rows.conversion_count', 'source_rows.click_count') }} as conversion_rate,
        {{ mean_amount(ratio('source_rows.budget_amount', 'source_rows.conversion_count')) }}
            as cost_per_conversion_amount,
        {{ ratio('source_rows.revenue_amount - source_rows.budget_amount', 'source_rows.budget_amount') }}
            as return_on_investment_rate
    from source_rows
    left join dim_campaign on source_rows.campaign_id = dim_campaign.campaign_id
    left join dim_product on source_rows.product_id = dim_product.product_id
)

select * from final
