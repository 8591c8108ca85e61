{# 1 = Monday ... 7 = Sunday. #}
{% macro iso_weekday(expression) -%}
    {{ return(adapter.dispatch('iso_weekday', 'bullion')(expression)) }}
{%- endmacro %}
{% macro default__iso_weekday(expression) -%}
    {{ date_field('isodow', expression) }}
{%- endmacro %}
{% macro spark__iso_weekday(expression) -%}
    (weekday({{ expression }}) + 1)
{%- endmacro %}
