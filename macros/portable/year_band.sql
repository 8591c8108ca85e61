{# A date's year as a band of so many years: '1980-1984'. Null for null. #}
{% macro year_band(expression, years) -%}
    {%- set year = "cast(extract(year from " ~ expression ~ ") as integer)" -%}
    {%- set lower = "(" ~ year ~ " - mod(" ~ year ~ ", " ~ years ~ "))" -%}
    cast({{ lower }} as {{ text_type() }}) || '-' || cast({{ lower }} + {{ years - 1 }} as {{ text_type() }})
{%- endmacro %}
