{# The text, number or truth value at a path of a JSON text, as text; null where there is none. The
   path is a list of member names (lower snake case) and positions (integers, from 0). What stands
   there must be a single value (engines write objects and lists each in their own way), and a number
   with decimals must be cast ("12.50" is "12.5" on some). #}
{% macro json_text(expression, path) -%}
    {{ return(adapter.dispatch('json_text', 'bullion')(expression, path)) }}
{%- endmacro %}
{% macro default__json_text(expression, path) -%}
    (cast({{ expression }} as json) #>> '{{ "{" ~ path | join(",") ~ "}" }}')
{%- endmacro %}
{% macro duckdb__json_text(expression, path) -%}
    json_extract_string({{ expression }}, '{{ json_path(path) }}')
{%- endmacro %}
{% macro spark__json_text(expression, path) -%}
    get_json_object({{ expression }}, '{{ json_path(path) }}')
{%- endmacro %}

{# $.name[position].name and so on. #}
{% macro json_path(path) -%}
    $
    {%- for step in path %}{{ "[" ~ step ~ "]" if step is integer else "." ~ step }}{% endfor %}
{%- endmacro %}
