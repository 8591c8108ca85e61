{# The engine's name of unbounded text. #}
{% macro text_type() -%}{{ return(adapter.dispatch('text_type', 'bullion')()) }}{%- endmacro %}
{% macro default__text_type() -%}text{%- endmacro %}
{% macro spark__text_type() -%}string{%- endmacro %}
