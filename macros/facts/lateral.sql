{# Joins that look rows up one by one. PostgreSQL answers each from an index, and is kept from
   laying the sums out over all of history; DuckDB undoes the correlation by itself. Spark undoes it by
   pairing every inner row with every value of the outer columns in an inequality, thousands of rows
   for one: there the matching rows are joined and grouped. #}

{# To each row of outer_rows, whose key is unique, the sums of the rows of inner_rows with its key
   that meet a condition: a row each value of the column by, or without by one row, null where
   nothing matches. #}
{% macro join_sums(outer_rows, inner_rows, key, condition, sums, name, by=none) -%}
    {{ return(adapter.dispatch('join_sums', 'bullion')(
        outer_rows, inner_rows, key, condition, sums, name, by
    )) }}
{%- endmacro %}

{% macro default__join_sums(outer_rows, inner_rows, key, condition, sums, name, by) -%}
    cross join lateral (
        select
            {{ _sums(inner_rows, sums, by) }}
        from {{ inner_rows }}
        where {{ inner_rows }}.{{ key }} = {{ outer_rows }}.{{ key }}
            and {{ condition }}
        {{ 'group by ' ~ inner_rows ~ '.' ~ by if by }}
    ) as {{ name }}
{%- endmacro %}

{% macro spark__join_sums(outer_rows, inner_rows, key, condition, sums, name, by) -%}
    {{ 'inner' if by else 'left' }} join (
        select
            {{ outer_rows }}.{{ key }},
            {{ _sums(inner_rows, sums, by) }}
        from {{ outer_rows }}
        inner join {{ inner_rows }}
            on {{ outer_rows }}.{{ key }} = {{ inner_rows }}.{{ key }}
                and {{ condition }}
        group by {{ outer_rows }}.{{ key }}{{ ', ' ~ inner_rows ~ '.' ~ by if by }}
    ) as {{ name }} on {{ outer_rows }}.{{ key }} = {{ name }}.{{ key }}
{%- endmacro %}

{% macro _sums(inner_rows, sums, by) -%}
    {{ inner_rows ~ '.' ~ by ~ ', ' if by }}
    {%- for column in sums -%}
    sum({{ inner_rows }}.{{ column }}) as {{ column }}{{ ', ' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}

{# To each row of outer_rows, whose key is unique, the columns of the last row of a relation with
   its key whose column at lies before the outer column before; null where there is none. #}
{% macro join_last_before(outer_rows, relation, key, at, before, columns, name) -%}
    {{ return(adapter.dispatch('join_last_before', 'bullion')(
        outer_rows, relation, key, at, before, columns, name
    )) }}
{%- endmacro %}

{% macro default__join_last_before(outer_rows, relation, key, at, before, columns, name) -%}
    left join lateral (
        select {{ columns | join(', ') }}
        from {{ relation }} as earlier
        where earlier.{{ key }} = {{ outer_rows }}.{{ key }}
            and earlier.{{ at }} < {{ outer_rows }}.{{ before }}
        order by earlier.{{ at }} desc
        limit 1
    ) as {{ name }} on true
{%- endmacro %}

{% macro spark__join_last_before(outer_rows, relation, key, at, before, columns, name) -%}
    left join (
        select
            {{ outer_rows }}.{{ key }},
            {%- for column in columns %}
            max_by(earlier.{{ column }}, earlier.{{ at }}) as {{ column }}{{ ',' if not loop.last }}
            {%- endfor %}
        from {{ outer_rows }}
        inner join {{ relation }} as earlier
            on {{ outer_rows }}.{{ key }} = earlier.{{ key }}
                and earlier.{{ at }} < {{ outer_rows }}.{{ before }}
        group by {{ outer_rows }}.{{ key }}
    ) as {{ name }} on {{ outer_rows }}.{{ key }} = {{ name }}.{{ key }}
{%- endmacro %}

{# To each row of outer_rows the rows of a relation with its key whose column at does not lie before
   the outer column since. PostgreSQL is kept from reading the relation whole in order of its key. #}
{% macro join_rows_since(outer_rows, relation, key, at, since, name) -%}
    {{ return(adapter.dispatch('join_rows_since', 'bullion')(
        outer_rows, relation, key, at, since, name
    )) }}
{%- endmacro %}

{% macro default__join_rows_since(outer_rows, relation, key, at, since, name) -%}
    inner join {{ relation }} as {{ name }}
        on {{ outer_rows }}.{{ key }} = {{ name }}.{{ key }}
            and {{ outer_rows }}.{{ since }} <= {{ name }}.{{ at }}
{%- endmacro %}

{% macro postgres__join_rows_since(outer_rows, relation, key, at, since, name) -%}
    cross join lateral (
        select *
        from {{ relation }} as later
        where later.{{ key }} = {{ outer_rows }}.{{ key }}
            and later.{{ at }} >= {{ outer_rows }}.{{ since }}
        offset 0
    ) as {{ name }}
{%- endmacro %}
