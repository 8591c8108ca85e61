{# Columns of a row as one text, to name the row by; null where there are no columns. #}
{% macro row_label(columns) -%}
    {%- if not columns -%}
        cast(null as {{ text_type() }})
    {%- endif -%}
    {%- for column in columns -%}
        {{ " || ', ' || " if not loop.first -}}
        coalesce(cast({{ column }} as {{ text_type() }}), 'null')
    {%- endfor -%}
{%- endmacro %}
