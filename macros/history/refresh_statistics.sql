{# After an increment of a table by whose new batches the next models filter: without fresh
   statistics PostgreSQL expects one row of a batch that it has not seen, and joins thousands in
   nested loops. #}
{% macro refresh_statistics() -%}
    {{ return(adapter.dispatch('refresh_statistics', 'bullion')()) }}
{%- endmacro %}
{% macro default__refresh_statistics() -%}{%- endmacro %}
{% macro postgres__refresh_statistics() -%}
    analyze {{ this }}
{%- endmacro %}
