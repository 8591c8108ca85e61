{# Before any model: the table in which each incremental model records the batch it was built to. #}
{% macro prepare_build() -%}
    {%- if execute -%}
        {%- set log = build_log_relation() -%}
        {%- do adapter.create_schema(api.Relation.create(database=target.database, schema=log.schema)) -%}
        {%- if assume_role() -%}{%- do run_query(assume_role()) -%}{%- endif -%}
        {%- call statement('create_build_log') -%}
            create table if not exists {{ log }} (
                model_name {{ text_type() }} not null,
                last_batch_id bigint not null
            )
        {%- endcall -%}
    {%- endif -%}
{%- endmacro %}
