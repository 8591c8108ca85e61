{# Seconds since 1970-01-01 of a UTC timestamp without zone, as a double. #}
{% macro epoch_seconds(expression) -%}
    {{ return(adapter.dispatch('epoch_seconds', 'bullion')(expression)) }}
{%- endmacro %}
{% macro default__epoch_seconds(expression) -%}
    cast(extract(epoch from {{ expression }}) as double precision)
{%- endmacro %}
{% macro duckdb__epoch_seconds(expression) -%}
    cast(epoch({{ expression }}) as double)
{%- endmacro %}
{% macro spark__epoch_seconds(expression) -%}
    (unix_micros(cast({{ expression }} as timestamp_ltz)) / 1e6d)
{%- endmacro %}
