{# A date moved by a number of days (an integer expression). #}
{% macro add_days(expression, days) -%}
    cast(cast({{ expression }} as date) + ({{ days }}) * interval '1' day as date)
{%- endmacro %}
