{# A positive bigint key: the first 60 bits of md5 over the columns, joined by a separator that text
   read by ingest cannot hold (unit separator), nulls marked (record separator).
   Columns: text, integers, dates, timestamps or decimals; never doubles or booleans. #}
{% macro surrogate_key(columns) -%}
    {%- set parts = [] -%}
    {%- for column in columns -%}
        {%- do parts.append("coalesce(cast(" ~ column ~ " as " ~ text_type() ~ "), chr(30))") -%}
    {%- endfor -%}
    {{ hex_to_bigint("substring(md5(" ~ parts | join(" || chr(31) || ") ~ ") from 1 for 15)") }}
{%- endmacro %}
