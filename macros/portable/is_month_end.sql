{# Whether a date is the last day of its month. #}
{% macro is_month_end(expression) -%}
    ({{ date_field('day', add_days(expression, 1)) }} = 1)
{%- endmacro %}
