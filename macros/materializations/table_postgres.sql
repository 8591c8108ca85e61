{# The table materialisation on PostgreSQL: made beside the standing table by create table as (which
   runs in parallel, unlike the insert of dbt's own macro under a contract), given its constraints,
   indexes and statistics, and put in the standing one's place in the same transaction
   (take_place_postgres.sql), with its record in the build log. One of which nothing has changed is
   left (build_record.sql). #}
{% materialization table, adapter='postgres' %}
    {%- set existing = load_cached_relation(this) -%}
    {%- set target_relation = this.incorporate(type='table') -%}
    {%- set grant_config = config.get('grants') -%}

    {{ run_hooks(pre_hooks, inside_transaction=False) }}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}
    {%- if is_unchanged(existing) -%}{{ return(skip_unchanged(existing)) }}{%- endif -%}
    {%- do planner_settings() %}

    {%- do table_in_place(existing, target_relation, sql) -%}
    {%- do record_build() -%}
    {%- do persist_docs(target_relation, model) -%}

    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {%- set should_revoke = should_revoke(existing, full_refresh_mode=false) -%}
    {%- do apply_grants(target_relation, grant_config, should_revoke=should_revoke) -%}
    {%- do adapter.commit() -%}
    {{ run_hooks(post_hooks, inside_transaction=False) }}

    {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}

{# The table of a query beside what stands there, and then in its place. #}
{% macro table_in_place(existing, target_relation, sql) -%}
    {%- set built = target_relation if existing is none else make_intermediate_relation(target_relation) -%}
    {%- call statement('main') -%}
        create table {{ built }} as (
            {{ contracted_query(sql) }}
            {{ layout_order() }}
        )
    {%- endcall -%}
    {%- do add_constraints(built) -%}
    {%- do create_indexes(built) -%}
    {%- if existing is none -%}
        {%- call statement('analyze') -%} analyze {{ built }} {%- endcall -%}
    {%- else -%}
        {%- do take_place(existing, built) -%}
    {%- endif -%}
    {%- do note_reads(target_relation) -%}
{%- endmacro %}

{# config ordered_by: a table that is made whole lays its rows down in that order. #}
{% macro layout_order() -%}
    {%- set columns = config.get('ordered_by') -%}
    {{- 'order by ' ~ columns | join(', ') if columns -}}
{%- endmacro %}
