{# Bare bronze, silver, gold, gold_pii, stats plus the suffix; an as-of build goes to schemas of
   its own. #}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {%- set base = custom_schema_name | trim if custom_schema_name else target.schema -%}
    {%- set suffix = var('schema_suffix', env_var('BULLION_SCHEMA_SUFFIX', '')) -%}
    {{ base }}{{ '_asof' if var('as_of', none) else '' }}{{ suffix }}
{%- endmacro %}
