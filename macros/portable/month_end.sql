{# Last day of the month, as a date. #}
{% macro month_end(expression) -%}
    cast(date_trunc('month', cast({{ expression }} as timestamp)) + interval '1' month - interval '1' day as date)
{%- endmacro %}
