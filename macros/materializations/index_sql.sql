{# An index of a model: dbt's, and `where` for a partial one. Of the indexes that models name DuckDB
   makes only the unique ones, which prove something (see incremental_duckdb.sql). #}
{% macro postgres__get_create_index_sql(relation, index_dict) -%}
    {%- set index = parsed_index(index_dict) -%}
    create {{ 'unique ' if index.unique }}index if not exists "{{ index.render(relation) }}"
    on {{ relation }} using {{ index.type or 'btree' }} ({{ index.columns | join(', ') }})
    {{ 'where ' ~ index_dict['where'] if index_dict.get('where') }}
{%- endmacro %}

{% macro duckdb__get_create_index_sql(relation, index_dict) -%}
    {%- set index = parsed_index(index_dict) -%}
    {%- if index.unique -%}
        create unique index "{{ index.render(relation) }}" on {{ relation }} ({{ index.columns | join(', ') }})
    {%- endif -%}
{%- endmacro %}

{% macro parsed_index(index_dict) -%}
    {%- set settings = {} -%}
    {%- for name, value in index_dict.items() if name != 'where' -%}
        {%- do settings.update({name: value}) -%}
    {%- endfor -%}
    {{ return(adapter.parse_index(settings)) }}
{%- endmacro %}
