{# The last columns of an analytics table that holds money: what it is in, and how much of the
   bank's money is in no sum for want of an exchange rate. #}
{% macro money_note() -%}
    (select reporting_currency from {{ ref('int_reporting_currency') }}) as reporting_currency,
    (
        select cast(coalesce(sum(without_rate_count), 0) as bigint)
        from {{ ref('agg_currency_coverage') }}
    ) as without_rate_count
{%- endmacro %}
