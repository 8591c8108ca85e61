{# How a contract is held on DuckDB and Spark. PostgreSQL compares kinds of decimal without their
   precision, and its functions give integers of the width that the models expect; the other
   engines widen both as they add and count. So there every column is cast to the contract's type,
   which fails where a value does not fit, and before that DuckDB compares the kinds of number.
   (Spark would analyse each query a second time for it, to see what the others have seen.) #}
{% macro spark__get_assert_columns_equivalent(sql) -%}{%- endmacro %}

{% macro duckdb__format_column(column) -%}
    {%- set kind = column.dtype.lower().split('(')[0] -%}
    {%- if kind in ['tinyint', 'smallint', 'int', 'integer', 'bigint', 'hugeint'] -%}
        {%- set kind = 'integer' -%}
    {%- endif -%}
    {{ return({
        'name': column.name,
        'data_type': column.dtype,
        'formatted': column.column.lower() ~ ' ' ~ kind,
    }) }}
{%- endmacro %}

{% macro duckdb__get_select_subquery(sql) -%}
    select {{ typed_columns() }} from (
        {{ sql }}
    ) as built
{%- endmacro %}
{% macro spark__get_select_subquery(sql) -%}
    select {{ typed_columns() }} from (
        {{ sql }}
    ) as built
{%- endmacro %}

{# The columns of a new table: under a contract in its order and with its types. #}
{% macro typed_columns() -%}
    {%- set contract = config.get('contract') -%}
    {%- if not contract or not contract.enforced -%}{{ return('*') }}{%- endif -%}
    {%- set typed = [] -%}
    {%- for column in model.columns.values() -%}
        {%- do typed.append('cast(' ~ column.name ~ ' as ' ~ engine_type(column.data_type) ~ ') as ' ~ column.name) -%}
    {%- endfor -%}
    {{ return(typed | join(', ')) }}
{%- endmacro %}
