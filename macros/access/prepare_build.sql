{# Before any model: the table in which each model records the batch it was built to and what it
   rested on. What the last whole build left there is true no longer. #}
{% macro prepare_build() -%}
    {%- if execute -%}
        {%- do adapter.dispatch('check_engine', 'bullion')() -%}
        {%- set log = build_log_relation() -%}
        {%- do adapter.create_schema(api.Relation.create(database=target.get('database'), schema=log.schema)) -%}
        {%- if assume_role() -%}{%- do run_query(assume_role()) -%}{%- endif -%}
        {%- do adapter.dispatch('create_build_log', 'bullion')(log) -%}
        {%- do graph.update({'builds': recorded_builds()}) -%}
        {%- do refuse_rebuild() -%}
        {%- do adapter.dispatch('forget_whole_build', 'bullion')(log) -%}
        {%- do prepare_tests() -%}
    {%- endif -%}
{%- endmacro %}

{% macro default__check_engine() -%}{%- endmacro %}

{# dbt-spark turns ANSI mode off, in which a bad cast is written as a null, and does not bring the
   profile's settings to a Thrift server. Where nothing mends that, no build begins. #}
{% macro spark__check_engine() -%}
    {%- set needed = {
        'spark.sql.ansi.enabled': 'true',
        'spark.sql.timestampType': 'TIMESTAMP_NTZ',
        'spark.sql.session.timeZone': 'UTC',
        'spark.sql.sources.partitionOverwriteMode': 'DYNAMIC',
    } -%}
    {%- for name, value in needed.items() -%}
        {%- set found = run_query('set ' ~ name).columns[1].values()[0] -%}
        {%- if found | upper != value | upper -%}
            {%- do exceptions.raise_compiler_error(
                "Spark's setting " ~ name ~ " is " ~ found ~ ", not " ~ value ~ ": run dbt from the"
                ~ " environment that bullion is installed in, whose plugin dbt_bullion sets it."
            ) -%}
        {%- endif -%}
    {%- endfor -%}
{%- endmacro %}

{% macro default__create_build_log(log) -%}
    {%- call statement('create_build_log', auto_begin=false) -%}
        create table if not exists {{ log }} (
            model_name {{ text_type() }} not null,
            last_batch_id bigint not null
        )
    {%- endcall -%}
    {#- One that an earlier release made has only these. -#}
    {%- set standing = column_names(log) -%}
    {%- set later = {
        'definition': text_type(), 'state': text_type(), 'built_at': 'timestamp', 'made_by': text_type(),
        'seen': text_type(),
    } -%}
    {%- for name, type in later.items() if name not in standing -%}
        {%- call statement('widen_build_log', auto_begin=false) -%}
            alter table {{ log }} add column {{ name }} {{ type }}
        {%- endcall -%}
    {%- endfor -%}
{%- endmacro %}

{# Bullion's own builds note a whole one (bullion/engines/whole.py). #}
{% macro default__forget_whole_build(log) -%}
    {%- call statement('forget_whole_build', auto_begin=false) -%}
        delete from {{ log }} where model_name = '(whole build)'
    {%- endcall -%}
{%- endmacro %}

{% macro spark__forget_whole_build(log) -%}{%- endmacro %}

{# One partition a model, which can be overwritten. #}
{% macro spark__create_build_log(log) -%}
    {%- call statement('create_build_log') -%}
        create table if not exists {{ log }} (
            last_batch_id bigint, definition string, model_name string
        )
        using parquet partitioned by (model_name) location '{{ spark_table_location(log) }}'
    {%- endcall -%}
    {#- One that an earlier release made has no definition. -#}
    {%- set standing = run_query('show columns in ' ~ log).columns[0].values() -%}
    {%- if 'definition' not in standing -%}
        {%- call statement('widen_build_log') -%}
            alter table {{ log }} add columns (definition string)
        {%- endcall -%}
    {%- endif -%}
{%- endmacro %}
