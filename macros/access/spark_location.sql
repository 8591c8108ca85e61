{# The folder of a schema's tables, asked for once in a build. #}
{% macro spark_schema_location(schema_name) -%}
    {%- set known = graph.setdefault('spark_locations', {}) -%}
    {%- if schema_name not in known -%}
        {%- for row in run_query('describe schema ' ~ schema_name).rows if row[0] == 'Location' -%}
            {%- do known.update({schema_name: row[1]}) -%}
        {%- endfor -%}
    {%- endif -%}
    {{ return(known[schema_name]) }}
{%- endmacro %}

{# A table's folder: where Spark would put it, but stated. #}
{% macro spark_table_location(relation) -%}
    {{ return(spark_schema_location(relation.schema) ~ '/' ~ relation.identifier) }}
{%- endmacro %}

{# Without a place of its own a table cannot be made again where a killed build left files. #}
{% macro spark__location_clause() -%}
    location '{{ spark_table_location(this) }}'
{%- endmacro %}

{# A quote in a literal is doubled; dbt's backslash would stand in the comment. #}
{% macro spark__comment_clause() -%}
    {%- if config.persist_relation_docs() -%}
    comment '{{ model.description | replace("'", "''") }}'
    {%- endif -%}
{%- endmacro %}
{% macro get_column_comment_sql(column_name, column_dict) -%}
    {%- set description = column_dict.get(column_name, {}).get('description') -%}
    {{ adapter.quote(column_name) }}
    {%- if description %} comment '{{ description | replace("'", "''") }}'{% endif -%}
{%- endmacro %}

{# The relation's comment is made with it. Those of columns would take a statement each, and most
   of a small build's time. #}
{% macro spark__persist_docs(relation, model, for_relation, for_columns) -%}{%- endmacro %}
