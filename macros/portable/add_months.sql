{# A date moved by a number of months (an integer expression), clipped to the month's last day. #}
{% macro add_months(expression, months) -%}
    cast(cast({{ expression }} as date) + ({{ months }}) * interval '1' month as date)
{%- endmacro %}
