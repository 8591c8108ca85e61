{# The incremental materialisation on PostgreSQL, strategy touched_keys (see touched_keys.sql).

   First build and full refresh: as a table (table_postgres.sql); a staged table under views of this
   project is emptied and filled again instead. Increment: the model's rows go to a temporary table,
   from there into the target in one transaction with the build log.

   config: ordered_by (optional, columns): a first build and a full refresh lay rows down in that
   order, so that what an increment reads together stands together. #}
{% materialization incremental, adapter='postgres' %}
    {%- set existing = load_cached_relation(this) -%}
    {%- set target_relation = this.incorporate(type='table') -%}
    {%- set grant_config = config.get('grants') -%}
    {%- set whole = existing is none or not existing.is_table or should_full_refresh() -%}

    {{ run_hooks(pre_hooks, inside_transaction=False) }}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}
    {%- if is_unchanged(existing) -%}{{ return(skip_unchanged(existing)) }}{%- endif -%}
    {%- do say_why_whole(existing) -%}
    {%- do planner_settings() %}

    {%- if whole and existing is not none and existing.is_table and can_refill_now(existing, sql) -%}
        {%- do _drop_indexes(existing) -%}
        {%- call statement('truncate') -%} truncate table {{ target_relation }} {%- endcall -%}
        {%- set columns = standing_columns(existing) | join(', ') -%}
        {%- call statement('main') -%}
            insert into {{ target_relation }} ({{ columns }})
            select {{ columns }} from (
                {{ sql }}
            ) as built
            {{ layout_order() }}
        {%- endcall -%}
        {%- do add_constraints(target_relation) -%}
        {%- do create_indexes(target_relation) -%}
        {%- call statement('analyze') -%} analyze {{ target_relation }} {%- endcall -%}
    {%- elif whole -%}
        {%- do table_in_place(existing, target_relation, sql) -%}
    {%- else -%}
        {%- set touched = make_temp_relation(target_relation) -%}
        {%- call statement('touched') -%}
            create temporary table {{ touched }} on commit drop as (
                {{ sql }}
            );
            analyze {{ touched }} ({{ looked_up_columns() | join(', ') }});
        {%- endcall -%}
        {%- call statement('main') -%} {{ touched_keys_sql(existing, touched) }} {%- endcall -%}
    {%- endif -%}

    {%- do record_build(whole) -%}
    {%- set should_revoke = should_revoke(existing, whole) -%}
    {%- do apply_grants(target_relation, grant_config, should_revoke=should_revoke) -%}
    {%- if whole -%}{%- do persist_docs(target_relation, model) -%}{%- endif -%}

    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {%- do adapter.commit() -%}
    {{ run_hooks(post_hooks, inside_transaction=False) }}

    {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}

{# Whether a full refresh may empty the standing table and fill it again from the query, its lock
   held all the while: where only views of this project hang on it, no column changes and nobody
   reads it now. It is what costs least of all that keeps the views. #}
{% macro can_refill_now(existing, sql) -%}
    {%- set hanging = hanging_on(existing) -%}
    {%- if foreign_of(hanging) or not hanging.views or not _has_columns_of(existing, sql) -%}
        {{ return(false) }}
    {%- endif -%}
    {%- set lock = 'lock table only ' ~ existing ~ ' in access exclusive mode' -%}
    {{ return(patiently(existing, [lock], 0, must=false)) }}
{%- endmacro %}

{# What the strategy joins and filters touched rows by: of the other columns no plan needs to
   know. #}
{% macro looked_up_columns() -%}
    {%- set names = [] -%}
    {%- for setting in [config.require('unique_key'), config.get('touched_by') or []] -%}
        {%- set columns = [setting] if setting is string else setting -%}
        {%- for name in columns if name not in names -%}{%- do names.append(name) -%}{%- endfor -%}
    {%- endfor -%}
    {%- if config.get('touched_from') -%}{%- do names.append('_touched_from') -%}{%- endif -%}
    {{ return(names) }}
{%- endmacro %}

{# True when a query gives the table's columns, with the same types, whatever their order. #}
{% macro _has_columns_of(relation, sql) -%}
    {%- set contract = config.get('contract') -%}
    {%- if contract and contract.enforced -%}{%- do get_assert_columns_equivalent(sql) -%}{%- endif -%}
    {%- set wanted = {} -%}
    {%- for column in get_column_schema_from_query(sql) -%}
        {%- do wanted.update({column.name: column.data_type}) -%}
    {%- endfor -%}
    {%- set standing = get_column_schema_from_query('select * from ' ~ relation) -%}
    {%- if standing | length != wanted | length -%}{{ return(false) }}{%- endif -%}
    {%- for column in standing -%}
        {%- if wanted.get(column.name) != column.data_type -%}{{ return(false) }}{%- endif -%}
    {%- endfor -%}
    {{ return(true) }}
{%- endmacro %}

{# The contract's primary key and not-null columns, once the rows are in: one pass, sorted index. #}
{% macro add_constraints(relation) -%}
    {%- set contract = config.get('contract') -%}
    {%- set actions = [] -%}
    {%- if contract and contract.enforced -%}
        {%- for column in model.columns.values() -%}
            {%- for constraint in column.constraints -%}
                {%- if constraint.type == 'not_null' -%}
                    {%- do actions.append('alter column ' ~ column.name ~ ' set not null') -%}
                {%- else -%}
                    {%- do exceptions.raise_compiler_error(
                        this.identifier
                        ~ ": this materialisation knows not_null on a column and primary_key on the"
                        ~ " model, not " ~ constraint.type ~ "."
                    ) -%}
                {%- endif -%}
            {%- endfor -%}
        {%- endfor -%}
        {%- for constraint in model.constraints if constraint.type == 'primary_key' -%}
            {%- do actions.append('add primary key (' ~ constraint.columns | join(', ') ~ ')') -%}
        {%- endfor -%}
    {%- endif -%}
    {%- if actions -%}
        {%- call statement('constraints') -%} alter table {{ relation }} {{ actions | join(', ') }} {%- endcall -%}
    {%- endif -%}
{%- endmacro %}

{# Before a refill the primary key and the indexes go, so that the load is faster; dbt names
   indexes by the time of day and would otherwise add them once more. #}
{% macro _drop_indexes(relation) -%}
    {%- set keys = run_query(
        "select conname from pg_constraint where contype = 'p' and conrelid = '"
        ~ relation ~ "'::regclass"
    ) -%}
    {%- for name in keys.columns[0].values() -%}
        {%- call statement('drop_key') -%} alter table {{ relation }} drop constraint "{{ name }}" {%- endcall -%}
    {%- endfor -%}
    {%- set found = run_query(
        "select indexrelid::regclass::text from pg_index where indrelid = '"
        ~ relation ~ "'::regclass"
    ) -%}
    {%- for name in found.columns[0].values() -%}
        {%- call statement('drop_index') -%} drop index {{ name }} {%- endcall -%}
    {%- endfor -%}
{%- endmacro %}
