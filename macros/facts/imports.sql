{# Import CTEs of the dimensions that a fact joins, one a name; relations come in as literal
   refs. #}
{% macro import_ctes(relations) -%}
    {%- for name, relation in relations.items() -%}
{{ name }} as (
    select * from {{ relation }}
),

{% endfor -%}
{%- endmacro %}

{# The rows that a model reads: all of them, or in an increment one row a touched key, alive
   when the source still holds it (required: a column that no good row has null). Row by row by the index: the
   limit, of a key that is unique, keeps the engine from reading the whole table for a few. #}
{% macro rows_to_build(rows, key, required) -%}
    {%- if is_incremental() -%}
    select
        *,
        {{ required }} is not null as _is_alive
    from touched
    left join lateral (
        select *
        from {{ rows }}
        where {{ rows }}.{{ key }} = touched.{{ key }}
        limit 1
    ) as found using ({{ key }})
    {%- else -%}
    select * from {{ rows }}
    {%- endif -%}
{%- endmacro %}

{# The closing part of an increment's select list. #}
{% macro alive_column(rows='source_rows') -%}
    {%- if is_incremental() %},
        {{ rows }}._is_alive
    {%- endif -%}
{%- endmacro %}
