{# The silver schema of this build, where its state is kept. #}
{% macro silver_schema() -%}
    {{ return(generate_schema_name('silver', none) | trim) }}
{%- endmacro %}

{# silver.build_log: one row a model, the batch that it was last built to, and what it rested on
   (build_record.sql). #}
{% macro build_log_relation() -%}
    {{ return(api.Relation.create(
        database=target.get('database'), schema=silver_schema(), identifier='build_log'
    )) }}
{%- endmacro %}

{# The last batch of this build, as int_as_of pinned it, as a literal. #}
{% macro pinned_batch() -%}
    {{ return(_pin('last_batch_id')) }}
{%- endmacro %}

{# The instant this build speaks of, as int_as_of pinned it, as a timestamp literal. #}
{% macro pinned_as_of() -%}
    {{ return("cast('" ~ _pin('as_of') ~ "' as timestamp)") }}
{%- endmacro %}

{% macro _pin(column) -%}
    {%- if not execute -%}{{ return('0') }}{%- endif -%}
    {%- set pin = api.Relation.create(
        database=target.get('database'), schema=silver_schema(), identifier='int_as_of'
    ) -%}
    {%- set found = adapter.get_relation(pin.database, pin.schema, pin.identifier) -%}
    {%- if found is none -%}{{ return('0' if column == 'last_batch_id' else '1970-01-01 00:00:00') }}{%- endif -%}
    {{ return(_remembered('select ' ~ column ~ ' from ' ~ pin) | string) }}
{%- endmacro %}

{# The value of a query of this build's state, which does not change while a model is compiled or
   while it is built: asked once each, since macros ask many times and Spark is slow to answer. #}
{% macro _remembered(query) -%}
    {%- if query not in model -%}
        {%- do model.update({query: run_query(query).columns[0].values()[0]}) -%}
    {%- endif -%}
    {{ return(model[query]) }}
{%- endmacro %}

{# The batch that this model was last built to, as a literal; -1 when it is built whole.
   Taken from the build log, never from max() of the target: a batch may hold only deletes. #}
{% macro last_built_batch() -%}
    {%- if not execute or not is_incremental() -%}{{ return('-1') }}{%- endif -%}
    {%- set value = _remembered(
        "select max(last_batch_id) from " ~ build_log_relation()
        ~ " where model_name = '" ~ this.identifier ~ "'"
    ) -%}
    {{ return('-1' if value is none else value | string) }}
{%- endmacro %}

{# Records, inside the model's own transaction, the batch that it now stands at: the pinned batch,
   or the oldest batch that any incremental model it is built on stands at, so that a build of
   selected models can never skip a change (a parent that has arrived is none yet for what is built
   before the parent's own model). A build with --empty read nothing, so it records nothing: the
   next one starts from the first batch.
   is_whole: whether the rows were made anew, by which tests know that all are to be read. #}
{% macro record_build(is_whole=true) -%}
    {%- if flags.EMPTY -%}{{ return(forget_build()) }}{%- endif -%}
    {{ return(adapter.dispatch('write_build_record', 'bullion')(
        _incremental_foundations(), is_whole
    )) }}
{%- endmacro %}

{% macro default__write_build_record(foundations, is_whole) -%}
    {%- set wanted = wanted_build() -%}
    {%- set made_by = invocation_id if is_whole else wanted.standing.get('made_by') -%}
    {%- set record = [
        _text_or_null(wanted.definition), _text_or_null(wanted.state), _text_or_null(made_by)
    ] | join(', ') -%}
    {%- call statement('record_build') -%}
        {{ _forget_build_sql() }};
        insert into {{ build_log_relation() }}
            (model_name, last_batch_id, definition, state, made_by)
        {% if not foundations -%}
        values ('{{ this.identifier }}', {{ pinned_batch() }}, {{ record }})
        {%- else -%}
        select '{{ this.identifier }}', last_batch_id, {{ record }}
        from ({{ batch_of_foundations(foundations) }}) as oldest
        {%- endif %}
    {%- endcall -%}
    {%- do note_build({
        'definition': wanted.definition, 'state': wanted.state, 'made_by': made_by
    }) -%}
{%- endmacro %}

{# Parquet has no delete: a model's record is a partition of the log, which may not be overwritten
   by a query of the log. #}
{% macro spark__write_build_record(foundations, is_whole) -%}
    {%- if not foundations -%}
        {%- set batch = pinned_batch() -%}
    {%- else -%}
        {%- set batch = run_query(batch_of_foundations(foundations)).columns[0].values()[0] -%}
    {%- endif -%}
    {%- call statement('record_build') -%}
        insert overwrite table {{ build_log_relation() }} partition (model_name = '{{ this.identifier }}')
        select cast({{ batch }} as bigint), {{ _text_or_null(wanted_build().definition) }}
    {%- endcall -%}
    {%- do note_build({'definition': wanted_build().definition, 'state': none}) -%}
{%- endmacro %}

{% macro _text_or_null(value) -%}
    {{ return('cast(null as ' ~ text_type() ~ ')' if value is none else "'" ~ value ~ "'") }}
{%- endmacro %}

{% macro batch_of_foundations(foundations) -%}
    select least(coalesce(min(last_batch_id), -1), {{ pinned_batch() }}) as last_batch_id
    from {{ build_log_relation() }}
    where model_name in ('{{ foundations | join("', '") }}')
{%- endmacro %}

{# A seed's record, where models are skipped by it: its rows are those of its state. #}
{% macro record_seed() -%}
    {%- if execute and target.type != 'spark' -%}{%- do record_build(is_whole=false) -%}{%- endif -%}
{%- endmacro %}

{# Takes the model's record out of the log: its state is not known. #}
{% macro forget_build() -%}
    {%- do adapter.dispatch('forget_build', 'bullion')() -%}
    {%- do note_build({}) -%}
{%- endmacro %}

{% macro default__forget_build() -%}
    {%- call statement('forget_build') -%} {{ _forget_build_sql() }} {%- endcall -%}
{%- endmacro %}

{% macro _forget_build_sql() -%}
    delete from {{ build_log_relation() }} where model_name = '{{ this.identifier }}'
{%- endmacro %}

{% macro spark__forget_build() -%}
    {%- call statement('forget_build') -%}
        alter table {{ build_log_relation() }}
        drop if exists partition (model_name = '{{ this.identifier }}')
    {%- endcall -%}
{%- endmacro %}

{# Names of the nearest incremental models under this one, through views and tables. (int_as_of is
   the pin, not a model that stands at it.) #}
{% macro _incremental_foundations() -%}
    {%- set names = [] -%}
    {%- set passed = [] -%}
    {%- set below = graph.nodes[model.unique_id].depends_on.nodes | list -%}
    {%- for unique_id in below if unique_id not in passed -%}
        {%- do passed.append(unique_id) -%}
        {%- set node = graph.nodes.get(unique_id) -%}
        {%- if node is none or node.name == 'int_as_of' -%}
        {%- elif node.config.materialized == 'incremental' -%}
            {%- do names.append(node.name) -%}
        {%- else -%}
            {%- do below.extend(node.depends_on.nodes) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(names) }}
{%- endmacro %}

{# A build of a past instant (var as_of) is always whole, and so is the first one after a build of
   an empty warehouse (as increments the first load would sort whole tables), one of a table
   whose state nobody knows (--empty records none), one of a table that an earlier release made
   without a column of today's and one of a table that another definition made. #}
{% macro should_full_refresh() -%}
    {%- set configured = config.get('full_refresh') -%}
    {%- if var('as_of', none) -%}{{ return(true) }}{%- endif -%}
    {%- if configured is not none -%}{{ return(configured) }}{%- endif -%}
    {{ return(
        flags.FULL_REFRESH or _was_built_on_nothing() or _lacks_a_column()
        or definition_has_changed()
    ) }}
{%- endmacro %}

{% macro _was_built_on_nothing() -%}
    {%- if not execute -%}{{ return(false) }}{%- endif -%}
    {%- set built = _remembered(
        "select count(*) from " ~ build_log_relation()
        ~ " where last_batch_id > 0 and model_name = '" ~ this.identifier ~ "'"
    ) -%}
    {{ return(built == 0) }}
{%- endmacro %}

{% macro _lacks_a_column() -%}
    {%- if not execute -%}{{ return(false) }}{%- endif -%}
    {%- if '_lacks_a_column' not in model -%}
        {%- set existing = load_cached_relation(this) -%}
        {%- set missing = [] -%}
        {%- if existing is not none and existing.is_table -%}
            {%- do missing.extend(model.columns.keys() | reject('in', standing_columns(existing))) -%}
        {%- endif -%}
        {%- do model.update({'_lacks_a_column': missing | length > 0}) -%}
    {%- endif -%}
    {{ return(model['_lacks_a_column']) }}
{%- endmacro %}
