{# Before any model: the table in which each incremental model records the batch it was built to. #}
{% macro prepare_build() -%}
    {%- if execute -%}
        {%- set log = build_log_relation() -%}
        {%- do adapter.create_schema(api.Relation.create(database=target.get('database'), schema=log.schema)) -%}
        {%- if assume_role() -%}{%- do run_query(assume_role()) -%}{%- endif -%}
        {%- do adapter.dispatch('create_build_log', 'bullion')(log) -%}
    {%- endif -%}
{%- endmacro %}

{% macro default__create_build_log(log) -%}
    {%- call statement('create_build_log', auto_begin=false) -%}
        create table if not exists {{ log }} (
            model_name {{ text_type() }} not null,
            last_batch_id bigint not null
        )
    {%- endcall -%}
{%- endmacro %}

{# One partition a model, which can be overwritten. #}
{% macro spark__create_build_log(log) -%}
    {%- call statement('create_build_log') -%}
        create table if not exists {{ log }} (last_batch_id bigint, model_name string)
        using parquet partitioned by (model_name) location '{{ spark_table_location(log) }}'
    {%- endcall -%}
{%- endmacro %}
