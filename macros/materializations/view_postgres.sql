{# The view materialisation on PostgreSQL: a view whose definition has not changed is left, so that
   nobody waits and whatever others have hung on it lives on. One that keeps its columns, or gets
   more of them after those, is replaced in place. Otherwise it is dropped and made anew, unless
   others depend on it: then the model ends with their names. #}
{% materialization view, adapter='postgres' %}
    {%- set existing = load_cached_relation(this) -%}
    {%- set target_relation = this.incorporate(type='view') -%}
    {%- set built = make_intermediate_relation(target_relation) -%}
    {%- set grant_config = config.get('grants') -%}

    {{ run_hooks(pre_hooks, inside_transaction=False) }}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}

    {%- set made = target_relation if existing is none else built -%}
    {%- call statement('main') -%} {{ get_create_view_as_sql(made, sql) }} {%- endcall -%}
    {%- if existing is not none -%}{%- do view_takes_place(existing, built) -%}{%- endif -%}
    {%- do persist_docs(target_relation, model) -%}

    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {%- set should_revoke = should_revoke(existing, full_refresh_mode=false) -%}
    {%- do apply_grants(target_relation, grant_config, should_revoke=should_revoke) -%}
    {%- do adapter.commit() -%}
    {{ run_hooks(post_hooks, inside_transaction=False) }}

    {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}

{% macro view_takes_place(existing, built) -%}
    {%- set is_view = existing.type == 'view' -%}
    {%- set found = run_query(_compared_views_sql(existing, built)).rows[0] if is_view else [false, false] -%}
    {%- if not found[0] and found[1] -%}
        {%- do patiently(existing, [
            "do $replace$ begin execute 'create or replace view " ~ existing ~ " as '"
            ~ " || pg_get_viewdef('" ~ built ~ "'::regclass); end $replace$"
        ]) -%}
    {%- endif -%}
    {%- if found[0] or found[1] -%}
        {%- call statement('drop_built') -%} drop view {{ built }} {%- endcall -%}
    {%- else -%}
        {%- set hanging = hanging_on(existing, built) -%}
        {%- set foreign = foreign_of(hanging) -%}
        {%- if foreign -%}{%- do refuse_to_drop(existing, foreign) -%}{%- endif -%}
        {%- do patiently(existing, ['drop ' ~ existing.type ~ ' ' ~ existing ~ ' cascade']) -%}
        {%- do put_in_place(existing, built, hanging.grants) -%}
    {%- endif -%}
{%- endmacro %}

{# Whether the two views are the same, and whether the one may replace the other: by columns that
   come first and have the same names and types. #}
{% macro _compared_views_sql(existing, built) -%}
    select
        pg_get_viewdef('{{ existing }}'::regclass) = pg_get_viewdef('{{ built }}'::regclass),
        not exists (
            select
            from pg_attribute as standing
            left join pg_attribute as new
                on new.attrelid = '{{ built }}'::regclass
                and new.attnum = standing.attnum
                and new.attname = standing.attname
                and new.atttypid = standing.atttypid
                and new.atttypmod = standing.atttypmod
            where standing.attrelid = '{{ existing }}'::regclass
                and standing.attnum > 0
                and new.attname is null
        )
{%- endmacro %}
