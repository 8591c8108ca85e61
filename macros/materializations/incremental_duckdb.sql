{# The incremental materialisation on DuckDB, strategy touched_keys (see touched_keys.sql).

   First build and full refresh: the table is made anew in one transaction; views find it again by
   its name. Increment: as on PostgreSQL. No primary key and no index: a column store looks rows
   up by scanning, and an index over every key would have to be kept in memory; that keys are
   unique is what the tests prove. #}
{% materialization incremental, adapter='duckdb' %}
    {%- set existing = load_cached_relation(this) -%}
    {%- set target_relation = this.incorporate(type='table') -%}
    {%- set whole = existing is none or not existing.is_table or should_full_refresh() -%}

    {{ run_hooks(pre_hooks, inside_transaction=False) }}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}
    {%- if is_unchanged(existing) -%}{{ return(skip_unchanged(existing)) }}{%- endif -%}
    {%- do say_why_whole(existing) -%}

    {%- if whole -%}
        {%- do duckdb_table_anew(existing, target_relation, sql) -%}
    {%- else -%}
        {%- set touched = make_temp_relation(target_relation) -%}
        {%- call statement('touched') -%}
            create temporary table {{ touched }} as (
                {{ sql }}
            )
        {%- endcall -%}
        {%- call statement('main') -%} {{ touched_keys_sql(existing, touched) }} {%- endcall -%}
        {%- call statement('forget_touched') -%} drop table {{ touched }} {%- endcall -%}
    {%- endif -%}

    {%- do record_build(whole) -%}
    {%- if whole -%}{%- do persist_docs(target_relation, model) -%}{%- endif -%}

    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {%- do adapter.commit() -%}
    {{ run_hooks(post_hooks, inside_transaction=False) }}

    {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}

{# The table of a query in place of what stands there, with the contract's types and not-null
   columns. #}
{% macro duckdb_table_anew(existing, target_relation, sql) -%}
    {%- if existing is not none and not existing.is_table -%}
        {%- do adapter.drop_relation(existing) -%}
    {%- endif -%}
    {%- call statement('main') -%}
        create or replace table {{ target_relation }} as (
            {{ contracted_query(sql) }}
        )
    {%- endcall -%}
    {%- do _set_not_null(target_relation) -%}
{%- endmacro %}

{# The contract's not-null columns. #}
{% macro _set_not_null(relation) -%}
    {%- set contract = config.get('contract') -%}
    {%- if contract and contract.enforced -%}
        {%- for column in model.columns.values()
            if column.constraints | selectattr('type', 'equalto', 'not_null') | list -%}
            {%- call statement('not_null') -%}
                alter table {{ relation }} alter column {{ column.name }} set not null
            {%- endcall -%}
        {%- endfor -%}
    {%- endif -%}
{%- endmacro %}
