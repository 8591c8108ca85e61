{# yyyymmdd as an integer; null for a null date. #}
{% macro date_key(expression) -%}
    (
        {{ date_field('year', expression) }} * 10000
        + {{ date_field('month', expression) }} * 100
        + {{ date_field('day', expression) }}
    )
{%- endmacro %}
