{# Before `dbt run`, which makes no seeds: those that the selected models read are there. One word
   at the start instead of a database error from each model. Costs nothing where none is read. #}
{% macro require_seeds() -%}
    {%- if not execute or flags.WHICH != 'run' -%}{{ return('') }}{%- endif -%}
    {%- set wanted = [] -%}
    {%- for unique_id in selected_resources if unique_id in graph.nodes -%}
        {%- for parent in graph.nodes[unique_id].depends_on.nodes
            if parent.startswith('seed.') and parent not in wanted -%}
            {%- do wanted.append(parent) -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- set missing = [] -%}
    {%- for seed in wanted | sort -%}
        {%- set node = graph.nodes[seed] -%}
        {%- if adapter.get_relation(node.database, node.schema, node.alias) is none -%}
            {%- do missing.append(node.schema ~ '.' ~ node.alias) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- if missing -%}
        {%- do exceptions.raise_compiler_error(
            "Reference tables are missing (" ~ missing | join(', ') ~ "): run 'dbt seed' once, or"
            ~ " 'bullion build', which makes them itself."
        ) -%}
    {%- endif -%}
{%- endmacro %}
