{# The rows of a seed on Spark. As literals: what dbt-spark binds in a session it quotes as it is,
   and a name with an apostrophe ends the statement. And in place of what the folder holds: a table
   with a place of its own leaves its files there when it is dropped. #}
{% macro spark__load_csv_rows(model, agate_table) -%}
    {%- set types = model['config'].get('column_types', {}) -%}
    {%- set query -%}
        insert overwrite table {{ this }} values
        {%- for row in agate_table.rows %}
        (
            {%- for name in agate_table.column_names -%}
            cast('{{ row[name] | replace("'", "''") }}' as {{ types[name] }}){{ ', ' if not loop.last }}
            {%- endfor -%}
        ){{ ',' if not loop.last }}
        {%- endfor %}
    {%- endset -%}
    {%- do adapter.add_query(query, abridge_sql_log=True) -%}
    {{ return(query) }}
{%- endmacro %}
