{# The table materialisation on PostgreSQL: made beside the standing table by create table as (which
   runs in parallel, unlike the insert of dbt's own macro under a contract), given its constraints,
   indexes, statistics and comments, and put in the standing one's place in the same transaction,
   with its record in the build log. One of which nothing has changed is left (build_record.sql). #}
{% materialization table, adapter='postgres' %}
    {%- set existing = load_cached_relation(this) -%}
    {%- set target_relation = this.incorporate(type='table') -%}
    {%- set built = make_intermediate_relation(target_relation) -%}
    {%- set grant_config = config.get('grants') -%}

    {{ run_hooks(pre_hooks, inside_transaction=False) }}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}
    {%- if is_unchanged(existing) -%}{{ return(skip_unchanged(existing)) }}{%- endif -%}
    {%- do planner_settings() %}

    {%- call statement('main') -%}
        create table {{ built }} as ({{ contracted_query(sql) }})
    {%- endcall -%}
    {%- do add_constraints(built) -%}
    {%- do create_indexes(built) -%}
    {%- if existing is not none -%}{%- do adapter.cache_dropped(existing) -%}{%- endif -%}
    {%- call statement('take_place') -%}
        analyze {{ built }};
        {%- if existing is not none %}
        drop {{ existing.type }} if exists {{ existing }} cascade;
        {%- endif %}
        alter table {{ built }} rename to {{ target_relation.identifier }}
    {%- endcall -%}
    {%- do record_build() -%}
    {%- do persist_docs(target_relation, model) -%}

    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {%- set should_revoke = should_revoke(existing, full_refresh_mode=True) -%}
    {%- do apply_grants(target_relation, grant_config, should_revoke=should_revoke) -%}
    {%- do adapter.commit() -%}
    {{ run_hooks(post_hooks, inside_transaction=False) }}

    {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}
