{# A field of a date or timestamp (year, month, day, hour, isodow) as an integer. PostgreSQL's
   extract gives a numeric, with which nothing is quick. #}
{% macro date_field(field, expression) -%}
    {{ return(adapter.dispatch('date_field', 'bullion')(field, expression)) }}
{%- endmacro %}
{% macro default__date_field(field, expression) -%}
    cast(extract({{ field }} from {{ expression }}) as integer)
{%- endmacro %}
{% macro postgres__date_field(field, expression) -%}
    cast(date_part('{{ field }}', {{ expression }}) as integer)
{%- endmacro %}
