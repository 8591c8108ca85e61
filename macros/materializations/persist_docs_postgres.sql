{# Descriptions become comments, all of a relation's in one statement and without asking which
   columns stand: a described column that is not there fails. #}
{% macro postgres__persist_docs(relation, model, for_relation=true, for_columns=true) -%}
    {%- set comments = [] -%}
    {%- if for_relation and config.persist_relation_docs() and model.description -%}
        {%- do comments.append(
            relation.type ~ ' ' ~ relation ~ ' is ' ~ postgres_escape_comment(model.description)
        ) -%}
    {%- endif -%}
    {%- if for_columns and config.persist_column_docs() -%}
        {%- for column in model.columns.values() if column.description -%}
            {%- do comments.append(
                'column ' ~ relation ~ '.' ~ column.name ~ ' is '
                ~ postgres_escape_comment(column.description)
            ) -%}
        {%- endfor -%}
    {%- endif -%}
    {%- if comments -%}
        {%- call statement('comments') -%}
            {%- for comment in comments %} comment on {{ comment }}; {%- endfor -%}
        {%- endcall -%}
    {%- endif -%}
{%- endmacro %}
