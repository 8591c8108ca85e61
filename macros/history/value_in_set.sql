{# A value where it belongs to the closed set of a contract column, else null. #}
{% macro value_in_set(expression, table_name, column_name) -%}
    {%- if execute -%}
        {%- for column in contract_table(table_name).columns if column.name == column_name -%}
    case
        when {{ expression }}
            in ('{{ column['values'] | map('replace', "'", "''") | join("', '") }}')
            then {{ expression }}
    end
        {%- endfor -%}
    {%- else -%}
    {{ expression }}
    {%- endif -%}
{%- endmacro %}
