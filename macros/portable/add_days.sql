{# A date moved by a number of days (an integer expression). #}
{% macro add_days(expression, days) -%}
    {{ return(adapter.dispatch('add_days', 'bullion')(expression, days)) }}
{%- endmacro %}
{% macro default__add_days(expression, days) -%}
    cast(cast({{ expression }} as date) + ({{ days }}) * interval '1' day as date)
{%- endmacro %}
{% macro postgres__add_days(expression, days) -%}
    (cast({{ expression }} as date) + cast({{ days }} as integer))
{%- endmacro %}
