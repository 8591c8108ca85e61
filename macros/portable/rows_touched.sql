{# A condition on rows of a table: that they have been written since the test passed, by whomever.
   'true' where that is not known, or would save nothing: then all rows are to be read. It stands in
   a query of that table alone. name: of the model; is_large: false where it need not be. #}
{% macro rows_touched(name, is_large=true) -%}
    {%- if not execute -%}{{ return('true') }}{%- endif -%}
    {{ return(adapter.dispatch('rows_touched', 'bullion')(name, is_large)) }}
{%- endmacro %}

{# Read by columns, whole tables are tested as fast as their rows could be told apart. #}
{% macro default__rows_touched(name, is_large) -%}{{ return('true') }}{%- endmacro %}

{# By the transactions that the test could not see when it passed: those that began later and those
   that ran then. A row keeps the number of the transaction that wrote it, and age() compares two of
   them though numbers come again. What is counted by another database (a copy, one restored), or
   has come too far for that, is no witness. #}
{% macro postgres__rows_touched(name, is_large) -%}
    {%- set proof = test_proof() -%}
    {%- if 'sees' not in proof -%}
        {%- do proof.update({'sees': run_query(
            "select oid || ':' || pg_current_snapshot() from pg_database"
            ~ " where datname = current_database()"
        ).columns[0].values()[0]}) -%}
    {%- endif -%}
    {%- if proof.seen is none or is_large and graph.sizes.get(name, 0) < 50000 -%}
        {{ return('true') }}
    {%- endif -%}
    {%- set then = proof.seen.split(':') -%}
    {%- set now = proof.sees.split(':') -%}
    {%- set passed = (now[2] | int) - (then[2] | int) -%}
    {%- if then[0] != now[0] or passed < 0 or passed > 1000000000 -%}{{ return('true') }}{%- endif -%}
    {%- do proof.update({'is_narrow': true}) -%}
    {%- set row_age = 'age(xmin)' -%}
    {%- set conditions = [row_age ~ ' <= ' ~ _transaction_age(then[2])] -%}
    {%- for number in then[3].split(',') if number -%}
        {%- do conditions.append(row_age ~ ' = ' ~ _transaction_age(number)) -%}
    {%- endfor -%}
    {{ return('(' ~ conditions | join(' or ') ~ ')') }}
{%- endmacro %}

{% macro _transaction_age(number) -%}
    {{ return("age('" ~ (number | int) % 4294967296 ~ "'::xid)") }}
{%- endmacro %}

{# The rows that PostgreSQL last counted in each table, by name. #}
{% macro table_sizes() -%}
    {{ return(adapter.dispatch('table_sizes', 'bullion')()) }}
{%- endmacro %}
{% macro default__table_sizes() -%}{{ return({}) }}{%- endmacro %}
{% macro postgres__table_sizes() -%}
    {%- set sizes = {} -%}
    {%- set found = run_query(
        "select relname, max(reltuples) from pg_class where relkind = 'r' group by relname"
    ) -%}
    {%- for row in found.rows -%}{%- do sizes.update({row[0]: row[1] | int}) -%}{%- endfor -%}
    {{ return(sizes) }}
{%- endmacro %}
