with

good_rows as (
    select * from {{ ref('base_economic_indicators') }} where quarantine_rule is null
),

final as (
    select
        indicator_date,
        gdp_growth_rate,
        unemployment_rate,
        inflation_rate,
        federal_funds_rate,
        prime_rate,
        treasury_10y_rate,
        mortgage_30y_rate,
        sp500_index,
        bond_index,
        vix_index,
        consumer_confidence_index,
        housing_price_index,
        treasury_10y_rate - federal_funds_rate as yield_curve_spread_rate,
        is_deleted,
        _first_batch_id,
        _changed_batch_id,
        _batch_id,
        _extracted_at,
        _source_file,
        _source_row
    from good_rows
)

select * from final
