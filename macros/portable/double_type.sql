{# The engine's name of the 8-byte float. #}
{% macro double_type() -%}{{ return(adapter.dispatch('double_type', 'bullion')()) }}{%- endmacro %}
{% macro default__double_type() -%}double precision{%- endmacro %}
{% macro duckdb__double_type() -%}double{%- endmacro %}
{% macro spark__double_type() -%}double{%- endmacro %}
