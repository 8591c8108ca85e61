{# Up to 15 hexadecimal digits as a positive bigint. #}
{% macro hex_to_bigint(expression) -%}
    {{ return(adapter.dispatch('hex_to_bigint', 'bullion')(expression)) }}
{%- endmacro %}
{% macro default__hex_to_bigint(expression) -%}
    ('x' || lpad({{ expression }}, 16, '0'))::bit(64)::bigint
{%- endmacro %}
{% macro duckdb__hex_to_bigint(expression) -%}
    cast('0x' || {{ expression }} as bigint)
{%- endmacro %}
{% macro spark__hex_to_bigint(expression) -%}
    cast(conv({{ expression }}, 16, 10) as bigint)
{%- endmacro %}
