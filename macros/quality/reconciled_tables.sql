{# The raw tables that a bank delivers, each with its key and money columns: what reconciliation
   walks through. Only when executing. #}
{% macro reconciled_tables() -%}
    {%- set tables = [] -%}
    {%- for node in graph.sources.values() if node.source_name == 'bronze' -%}
        {%- set table = contract_table(node.name) -%}
        {%- do tables.append({
            'name': table.name,
            'key': table.key,
            'money': table.columns
                | selectattr('type', 'equalto', 'money') | map(attribute='name') | list,
            'raw': node.relation_name,
        }) -%}
    {%- endfor -%}
    {{ return(tables | sort(attribute='name')) }}
{%- endmacro %}
