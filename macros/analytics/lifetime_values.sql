{# The CTE lifetime_values: a row for each customer of today and scale (raw, log) with the bank's
   figure of the customer's lifetime value; values that are not above 0 have no logarithm. The
   relation comes in as a literal ref. #}
{% macro lifetime_values(customer_periods) -%}
{{ import_ctes({'customer_periods': customer_periods}) -}}

lifetime_values as (
    select
        customer_periods.customer_id,
        customer_periods.customer_segment,
        scales.value_scale,
        case scales.value_scale
            when 'raw' then {{ f8('customer_periods.lifetime_value_amount') }}
            else ln(
                case
                    when customer_periods.lifetime_value_amount > 0
                        then {{ f8('customer_periods.lifetime_value_amount') }}
                end
            )
        end as lifetime_value
    from customer_periods
    cross join (values ('raw'), ('log')) as scales (value_scale)
    where customer_periods.period = 'current'
        and customer_periods.is_customer
        and (
            customer_periods.lifetime_value_amount > 0
            or (customer_periods.lifetime_value_amount is not null and scales.value_scale = 'raw')
        )
)
{%- endmacro %}
