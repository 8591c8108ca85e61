{# md5 over columns (text, integers, dates, timestamps, decimals), nulls marked, as hexadecimal
   text. #}
{% macro row_hash(columns) -%}
    {%- set parts = [] -%}
    {%- for column in columns -%}
        {%- do parts.append("coalesce(cast(" ~ column ~ " as " ~ text_type() ~ "), chr(30))") -%}
    {%- endfor -%}
    md5({{ parts | join(" || chr(31) || ") }})
{%- endmacro %}
