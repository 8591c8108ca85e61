{# A seed's table on PostgreSQL when it stands already: it takes over the columns of the file's
   table (refill_postgres.sql) and is emptied row by row, so that no reader waits and others' views
   live on. #}
{% macro postgres__reset_csv_table(model, full_refresh, old_relation, agate_table) -%}
    {%- set built = make_intermediate_relation(old_relation) -%}
    {%- set types = model.config.get('column_types', {}) -%}
    {%- call statement('seed_table') -%}
        create table {{ built }} (
            {%- for name in agate_table.column_names %}
            {{ adapter.quote_seed_column(name | string, model.config.get('quote_columns')) }}
            {{ types.get(name, adapter.convert_type(agate_table, loop.index0)) }}{{ ',' if not loop.last }}
            {%- endfor %}
        )
    {%- endcall -%}
    {%- set changes = changes_of(old_relation, built) -%}
    {%- if changes.loses_columns -%}{%- do drop_own_views(hanging_on(old_relation)) -%}{%- endif -%}
    {%- do refill(old_relation, built, changes) -%}
    {{ return('delete from ' ~ old_relation) }}
{%- endmacro %}
