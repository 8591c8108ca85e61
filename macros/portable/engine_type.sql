{# A column type of a contract, which says it in PostgreSQL's words, in the engine's. #}
{% macro engine_type(data_type) -%}
    {{ return(adapter.dispatch('engine_type', 'bullion')(data_type | lower)) }}
{%- endmacro %}
{% macro default__engine_type(data_type) -%}{{ return(data_type) }}{%- endmacro %}
{% macro spark__engine_type(data_type) -%}
    {%- set names = {
        'text': 'string',
        'double precision': 'double',
        'timestamp without time zone': 'timestamp',
    } -%}
    {{ return(names.get(data_type, data_type)) }}
{%- endmacro %}
