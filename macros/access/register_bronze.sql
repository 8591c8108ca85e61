{# Before any model: bronze as this engine sees it. PostgreSQL has its own; the others read the
   lake, a folder of Parquet files a table (`bullion load --lake`). #}
{% macro register_bronze() -%}
    {%- if execute -%}{{ return(adapter.dispatch('register_bronze', 'bullion')()) }}{%- endif -%}
{%- endmacro %}

{% macro default__register_bronze() -%}{%- endmacro %}

{% macro duckdb__register_bronze() -%}
    {%- for table in bronze_tables() -%}
        {%- if loop.first -%}
            {%- do adapter.create_schema(api.Relation.create(database=target.get('database'), schema=table.schema)) -%}
        {%- endif -%}
        {%- set files = lake_folder(table.identifier) ~ '/*.parquet' -%}
        {%- set found = run_query("select count(*) from glob('" ~ files ~ "')") -%}
        {%- if found.columns[0].values()[0] == 0 -%}{%- do no_such_folder(table.identifier) -%}{%- endif -%}
        {%- call statement('register_bronze', auto_begin=false) -%}
            create or replace view {{ table }} as select * from read_parquet('{{ files }}')
        {%- endcall -%}
    {%- endfor -%}
{%- endmacro %}

{# The raw tables and the record of the loads, as relations of this engine. #}
{% macro bronze_tables() -%}
    {%- set tables = [] -%}
    {%- for node in graph.sources.values() if node.source_name in ['bronze', 'bronze_audit'] -%}
        {%- do tables.append(api.Relation.create(
            database=node.database, schema=node.schema, identifier=node.identifier
        )) -%}
    {%- endfor -%}
    {{ return(tables) }}
{%- endmacro %}

{# The lake's folder of a raw table. #}
{% macro lake_folder(table_name) -%}
    {%- set lake = env_var('BULLION_LAKE', env_var('BULLION_HOME', '.bullion') ~ '/lake') -%}
    {{ return(lake | replace("'", "''") ~ '/' ~ table_name) }}
{%- endmacro %}

{% macro no_such_folder(table_name) -%}
    {%- do exceptions.raise_compiler_error(
        "The lake has no table " ~ table_name ~ " (" ~ lake_folder(table_name)
        ~ " holds no Parquet file): load extracts with 'bullion load --lake', or set BULLION_LAKE."
    ) -%}
{%- endmacro %}
