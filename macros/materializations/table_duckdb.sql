{# The table materialisation on DuckDB: made anew in one transaction with its record in the build
   log; views find it again by its name. No primary key, as of incremental tables. One of which
   nothing has changed is left (build_record.sql). #}
{% materialization table, adapter='duckdb' %}
    {%- set existing = load_cached_relation(this) -%}
    {%- set target_relation = this.incorporate(type='table') -%}

    {{ run_hooks(pre_hooks, inside_transaction=False) }}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}

    {%- if is_unchanged(existing) -%}{{ return(skip_unchanged(existing)) }}{%- endif -%}
    {%- do duckdb_table_anew(existing, target_relation, sql) -%}
    {%- do record_build() -%}
    {%- do persist_docs(target_relation, model) -%}

    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {%- do adapter.commit() -%}
    {{ run_hooks(post_hooks, inside_transaction=False) }}

    {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}
