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
   when the source still holds it (required: a column that no good row has null). #}
{% macro rows_to_build(rows, key, required) -%}
    {%- if is_incremental() -%}
    select
        *,
        {{ required }} is not null as _is_alive
    from touched
    {{ adapter.dispatch('join_touched', 'bullion')(rows, key) }}
    {%- else -%}
    select * from {{ rows }}
    {%- endif -%}
{%- endmacro %}

{# Row by row by the index: the limit, of a key that is unique, keeps the engine from reading the
   whole table for a few. #}
{% macro default__join_touched(rows, key) -%}
    left join lateral (
        select *
        from {{ rows }}
        where {{ rows }}.{{ key }} = touched.{{ key }}
        limit 1
    ) as found using ({{ key }})
{%- endmacro %}

{# Spark has no index, and no using with lateral. #}
{% macro spark__join_touched(rows, key) -%}
    left join {{ rows }} using ({{ key }})
{%- endmacro %}

{# The closing part of an increment's select list. #}
{% macro alive_column(rows='source_rows') -%}
    {%- if is_incremental() %},
        {{ rows }}._is_alive
    {%- endif -%}
{%- endmacro %}
