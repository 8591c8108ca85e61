{# The incremental materialisation of the project on PostgreSQL: strategy touched_keys.

   First build: create table as, constraints, indexes, analyze. Full refresh: when the columns
   are unchanged, truncate and insert in one transaction, so that the views and grants on the
   table live on; otherwise it is built anew. Increment: the model's rows go to a temporary
   table; every key in it is deleted from the target and the rows with _is_alive (all rows, when
   the model has no such column) are inserted, in one transaction with the build log.

   config: unique_key (column or list); touched_by (optional, column or list): the rows of the
   target with an equal touched_by are deleted as well, from touched_from (a column of the
   target) >= the row's _touched_from on, where the model returns a column _touched_from (null:
   none). #}
{% materialization incremental, adapter='postgres' %}
    {%- set existing = load_cached_relation(this) -%}
    {%- set target_relation = this.incorporate(type='table') -%}
    {%- set grant_config = config.get('grants') -%}
    {%- set whole = existing is none or not existing.is_table or should_full_refresh() -%}

    {{ run_hooks(pre_hooks, inside_transaction=False) }}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}

    {%- if whole -%}
        {%- if existing is not none and existing.is_table and _has_columns_of(existing, sql) -%}
            {%- do _drop_indexes(existing) -%}
            {%- call statement('truncate') -%} truncate table {{ target_relation }} {%- endcall -%}
            {%- set columns = _column_list(existing) -%}
            {%- call statement('main') -%}
                insert into {{ target_relation }} ({{ columns }})
                select {{ columns }} from ({{ sql }}) as built
            {%- endcall -%}
        {%- else -%}
            {%- if existing is not none -%}{%- do adapter.drop_relation(existing) -%}{%- endif -%}
            {%- call statement('main') -%}
                create table {{ target_relation }} as (
                    select {{ _typed_columns(sql) }} from ({{ sql }}) as built
                )
            {%- endcall -%}
        {%- endif -%}
        {%- do _add_constraints(target_relation) -%}
        {%- do create_indexes(target_relation) -%}
        {%- call statement('analyze') -%} analyze {{ target_relation }} {%- endcall -%}
    {%- else -%}
        {%- set touched = make_temp_relation(target_relation) -%}
        {%- call statement('touched') -%}
            create temporary table {{ touched }} on commit drop as ({{ sql }});
            analyze {{ touched }};
        {%- endcall -%}
        {%- set touched_names = adapter.get_columns_in_relation(touched) | map(attribute='name') | list -%}
        {%- for column in adapter.get_columns_in_relation(existing) -%}
            {%- if column.name not in touched_names -%}
                {%- do exceptions.raise_compiler_error(
                    this.identifier ~ ": column " ~ column.name
                    ~ " stands in the table but not in the model; build it with --full-refresh."
                ) -%}
            {%- endif -%}
        {%- endfor -%}
        {%- call statement('main') -%}
            {{ touched_keys_sql(target_relation, touched, touched_names, _column_list(existing)) }}
        {%- endcall -%}
    {%- endif -%}

    {%- do record_build() -%}
    {%- set should_revoke = should_revoke(existing, whole) -%}
    {%- do apply_grants(target_relation, grant_config, should_revoke=should_revoke) -%}
    {%- if whole -%}{%- do persist_docs(target_relation, model) -%}{%- endif -%}

    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {%- do adapter.commit() -%}
    {{ run_hooks(post_hooks, inside_transaction=False) }}

    {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}

{# Delete every touched key from the target, insert the rows still alive. #}
{% macro touched_keys_sql(target_relation, touched, touched_names, columns) -%}
    {%- set unique_key = config.require('unique_key') -%}
    {%- set unique_key = [unique_key] if unique_key is string else unique_key -%}
    {%- set touched_by = config.get('touched_by') -%}
    {%- set touched_from = config.get('touched_from') -%}
    {%- if touched_by -%}
        {%- set touched_by = [touched_by] if touched_by is string else touched_by -%}
    delete from {{ target_relation }} as built
    using (
        select distinct {{ touched_by | join(', ') }}{{ ', _touched_from' if touched_from }}
        from {{ touched }}
        {{ 'where _touched_from is not null' if touched_from }}
    ) as touched
    where {% for column in touched_by -%}
        built.{{ column }} = touched.{{ column }}{{ ' and ' if not loop.last }}
        {%- endfor %}
        {%- if touched_from %} and built.{{ touched_from }} >= touched._touched_from{% endif %};
    {%- endif %}
    delete from {{ target_relation }} as built
    using (select distinct {{ unique_key | join(', ') }} from {{ touched }}) as touched
    where {% for column in unique_key -%}
        built.{{ column }} = touched.{{ column }}{{ ' and ' if not loop.last }}
        {%- endfor %};
    insert into {{ target_relation }} ({{ columns }})
    select {{ columns }} from {{ touched }}
    {{ 'where _is_alive' if '_is_alive' in touched_names }}
{%- endmacro %}

{% macro _column_list(relation) -%}
    {{ return(adapter.get_columns_in_relation(relation) | map(attribute='quoted') | join(', ')) }}
{%- endmacro %}

{# True when a query gives the table's columns, with the same types, whatever their order. #}
{% macro _has_columns_of(relation, sql) -%}
    {%- set contract = config.get('contract') -%}
    {%- if contract and contract.enforced -%}{%- do get_assert_columns_equivalent(sql) -%}{%- endif -%}
    {%- set wanted = {} -%}
    {%- for column in get_column_schema_from_query(sql) -%}
        {%- do wanted.update({column.name: column.data_type}) -%}
    {%- endfor -%}
    {%- set standing = adapter.get_columns_in_relation(relation) -%}
    {%- if standing | length != wanted | length -%}{{ return(false) }}{%- endif -%}
    {%- set empty = 'select * from ' ~ relation -%}
    {%- for column in get_column_schema_from_query(empty) -%}
        {%- if wanted.get(column.name) != column.data_type -%}{{ return(false) }}{%- endif -%}
    {%- endfor -%}
    {{ return(true) }}
{%- endmacro %}

{# The columns of a new table: under a contract in its order and with its types. The table is
   made by create table as, which PostgreSQL runs in parallel, unlike the insert of dbt's own
   macro. #}
{% macro _typed_columns(sql) -%}
    {%- set contract = config.get('contract') -%}
    {%- if not contract or not contract.enforced -%}{{ return('*') }}{%- endif -%}
    {%- do get_assert_columns_equivalent(sql) -%}
    {%- set typed = [] -%}
    {%- for column in model.columns.values() -%}
        {%- do typed.append('cast(' ~ column.name ~ ' as ' ~ column.data_type ~ ') as ' ~ column.name) -%}
    {%- endfor -%}
    {{ return(typed | join(', ')) }}
{%- endmacro %}

{# The contract's primary key and not-null columns, once the rows are in: one pass, sorted index. #}
{% macro _add_constraints(relation) -%}
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
