{# What the pattern's one group matched; null where it matched nothing. PostgreSQL takes the longest
   of several alternatives, the others the first: write the longer one first. #}
{% macro regex_extract(expression, pattern) -%}
    {%- if '(' not in pattern -%}
        {%- do exceptions.raise_compiler_error(
            "regex_extract: the pattern '" ~ pattern ~ "' has no group: put ( ) round what is wanted."
        ) -%}
    {%- endif -%}
    {{ return(adapter.dispatch('regex_extract', 'bullion')(expression, pattern)) }}
{%- endmacro %}
{% macro default__regex_extract(expression, pattern) -%}
    nullif(substring({{ expression }} from '{{ pattern }}'), '')
{%- endmacro %}
{% macro duckdb__regex_extract(expression, pattern) -%}
    nullif(regexp_extract({{ expression }}, '{{ pattern }}', 1), '')
{%- endmacro %}
{% macro spark__regex_extract(expression, pattern) -%}
    nullif(regexp_extract({{ expression }}, '{{ pattern }}', 1), '')
{%- endmacro %}
