{# A whole row of a relation alias as JSON text. #}
{% macro row_as_json(alias) -%}
    {{ return(adapter.dispatch('row_as_json', 'bullion')(alias)) }}
{%- endmacro %}
{% macro default__row_as_json(alias) -%}
    cast(to_jsonb({{ alias }}) as text)
{%- endmacro %}
{% macro duckdb__row_as_json(alias) -%}
    cast(to_json({{ alias }}) as varchar)
{%- endmacro %}
{% macro spark__row_as_json(alias) -%}
    to_json(struct({{ alias }}.*))
{%- endmacro %}
