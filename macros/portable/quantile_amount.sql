{# A quantile of amounts of whole cents, interpolated by percentile_cont over doubles, rounded as
   its exact value would be. For whole percents that has no more than four decimals, and
   is often half a cent; engines interpolate in different orders, so what their doubles err by is
   rounded away first. #}
{% macro quantile_amount(expression) -%}
    {{ mean_amount(dec(expression, 6, 24)) }}
{%- endmacro %}
