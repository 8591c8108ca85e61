{# Bronze on Spark: a table over each folder of the lake, made anew at each build, because the
   place, the columns and the files may have changed. Dropping one leaves the lake as it is. #}
{% macro spark__register_bronze() -%}
    {%- for table in bronze_tables() -%}
        {%- if loop.first -%}{%- do adapter.create_schema(table) -%}{%- endif -%}
        {%- call statement('forget_bronze') -%} drop table if exists {{ table }} {%- endcall -%}
        {%- call statement('register_bronze') -%}
            create table {{ table }} using parquet location '{{ lake_folder(table.identifier) }}'
        {%- endcall -%}
    {%- endfor -%}
{%- endmacro %}
