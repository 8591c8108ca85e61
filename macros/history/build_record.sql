{# What a model rests on, as hashes of it stand in the build log:
     definition  its logic (dbt_bullion/foundations.py), the values of the variables that this
                 reads, and the definitions that its inputs were built by
     state       the definition, the states of its inputs, and the loads of the raw tables that it
                 reads
   Both speak of the inputs as they stand, built in this run or not. So a definition that has
   changed below makes every incremental model above it whole, whatever is selected when; and where
   the recorded state is the wanted one, the model would be built to what it is.
   and standing, the two as they are recorded of the model itself.
   Null where it is not known: then nothing is skipped. On Spark tables have no record, are part of
   the logic of what reads them, and nothing is skipped. #}
{% macro wanted_build() -%}
    {%- if '_wanted_build' not in model -%}
        {%- do model.update({'_wanted_build': _find_wanted_build()}) -%}
    {%- endif -%}
    {{ return(model['_wanted_build']) }}
{%- endmacro %}

{% macro _find_wanted_build() -%}
    {%- set foundation = graph.nodes[model.unique_id].get('foundation') -%}
    {%- if foundation is none -%}
        {{ return({'definition': none, 'state': none, 'standing': {}}) }}
    {%- endif -%}
    {%- set recorded = builds_so_far() -%}
    {%- set standing = recorded.get(this.identifier, {}) -%}
    {%- set definition = definition_of(foundation, recorded) -%}
    {%- if this.identifier == 'int_as_of' -%}
        {#- What it was filled with: pinned_batch() would not see one that this run has made. -#}
        {%- set pin = run_query('select as_of, last_batch_id from ' ~ this).rows[0].values() -%}
        {%- set state = local_md5(definition ~ pin | join('|')) -%}
        {{ return({'definition': definition, 'state': state, 'standing': standing}) }}
    {%- endif -%}
    {%- set rests_on = [definition, foundation.presentation, _loads_of(foundation)] -%}
    {%- for name in foundation.inputs if name != 'int_as_of' or foundation.reads_as_of -%}
        {%- do rests_on.append(recorded.get(name, {}).get('state')) -%}
    {%- endfor -%}
    {%- set state = none if none in rests_on else local_md5(rests_on | string) -%}
    {{ return({'definition': definition, 'state': state, 'standing': standing}) }}
{%- endmacro %}

{# A definition, when the inputs are those that are recorded: {name: {definition}}. #}
{% macro definition_of(foundation, recorded) -%}
    {%- set parts = [foundation.logic] -%}
    {%- for name in foundation.variables -%}{%- do parts.append([name, var(name, none)]) -%}{%- endfor -%}
    {%- for name in foundation.inputs -%}
        {%- do parts.append(recorded.get(name, {}).get('definition')) -%}
    {%- endfor -%}
    {{ return(local_md5(parts | string)) }}
{%- endmacro %}

{# What the build log says: {name: {definition, state, made_by, seen, batch}}. #}
{% macro recorded_builds() -%}
    {%- set recorded = {} -%}
    {%- set columns = (
        'state, made_by, seen' if target.type != 'spark'
        else 'null as state, null as made_by, null as seen'
    ) -%}
    {%- set found = run_query(
        "select model_name, definition, " ~ columns ~ ", last_batch_id from " ~ build_log_relation()
    ) -%}
    {%- for row in found.rows -%}
        {%- do recorded.update({row[0]: {
            'definition': row[1], 'state': row[2], 'made_by': row[3], 'seen': row[4],
            'batch': row[5] | int,
        }}) -%}
    {%- endfor -%}
    {{ return(recorded) }}
{%- endmacro %}

{# The same as a build keeps it: read once before any model, and kept up to date by what is built
   (note_build). dbt's commands that build nothing read it when they ask. #}
{% macro builds_so_far() -%}
    {{ return(graph.builds if 'builds' in graph else recorded_builds()) }}
{%- endmacro %}

{# What a model's record says now. #}
{% macro note_build(record) -%}
    {%- if 'builds' in graph -%}
        {%- do graph.builds.update({this.identifier: record}) -%}
    {%- endif -%}
{%- endmacro %}

{# The loads up to the pinned batch of the raw tables that a model reads; of all where it reads the
   record of the loads. #}
{% macro _loads_of(foundation) -%}
    {%- if not foundation.bronze and not foundation.reads_audit -%}{{ return('') }}{%- endif -%}
    {%- set audit = graph.sources['source.' ~ project_name ~ '.bronze_audit.load_audit'] -%}
    {%- set found = run_query(
        "select count(*), max(batch_id), cast(max(finished_at) as " ~ text_type() ~ ")"
        ~ " from " ~ audit.relation_name ~ " where batch_id <= " ~ pinned_batch()
        ~ ("" if foundation.reads_audit
            else " and table_name in ('" ~ foundation.bronze | join("', '") ~ "')")
    ) -%}
    {{ return(found.rows[0].values() | join('|')) }}
{%- endmacro %}

{# Whether the model's table was made by another definition, or by one that nobody knows. #}
{% macro definition_has_changed() -%}
    {%- if not execute -%}{{ return(false) }}{%- endif -%}
    {%- set wanted = wanted_build() -%}
    {{ return(
        wanted.definition is not none and wanted.standing.get('definition') != wanted.definition
    ) }}
{%- endmacro %}

{# One line where that is why an incremental model is built whole. #}
{% macro say_why_whole(existing) -%}
    {%- if existing is not none and existing.is_table and not flags.FULL_REFRESH
        and not config.get('full_refresh') and not var('as_of', none)
        and not _was_built_on_nothing() and definition_has_changed() -%}
        {%- do print(
            this.identifier ~ ': its definition has changed since it was built: built whole'
        ) -%}
    {%- endif -%}
{%- endmacro %}

{# Whether the standing table is what building the model now would make it. A build that is asked
   to make everything anew, or nothing, or a past instant, is done. #}
{% macro is_unchanged(existing) -%}
    {%- if existing is none or not existing.is_table or flags.FULL_REFRESH or flags.EMPTY
        or config.get('full_refresh') or var('as_of', none) -%}
        {{ return(false) }}
    {%- endif -%}
    {%- set wanted = wanted_build() -%}
    {{ return(
        wanted.state is not none and wanted.standing.get('state') == wanted.state
        and not _lacks_a_column()
    ) }}
{%- endmacro %}

{# In place of building an unchanged model: it now stands at the batch that this build is of. #}
{% macro skip_unchanged(existing) -%}
    {%- call noop_statement('main', 'SKIP unchanged', 'SKIP') -%}
        -- unchanged: nothing that {{ this.identifier }} rests on is new
    {%- endcall -%}
    {%- do record_build(is_whole=false) -%}
    {%- do adapter.commit() -%}
    {{ return({'relations': [existing]}) }}
{%- endmacro %}

{# With var no_rebuild (`bullion build --no-rebuild`): before anything is built, refuses where a
   selected incremental model would be built whole because of its definition. #}
{% macro refuse_rebuild() -%}
    {%- set is_asked = var('no_rebuild', env_var('BULLION_NO_REBUILD', '')) -%}
    {%- if not is_asked or flags.FULL_REFRESH or var('as_of', none) -%}{{ return('') }}{%- endif -%}
    {%- set recorded = dict(graph.builds) -%}
    {%- set selected = [] -%}
    {%- for unique_id in selected_resources if unique_id in graph.nodes -%}
        {%- set node = graph.nodes[unique_id] -%}
        {%- if node.get('foundation') -%}{%- do selected.append(node) -%}
        {%- elif node.config.materialized == 'incremental' -%}
            {%- do exceptions.raise_compiler_error(
                "--no-rebuild needs dbt's plugin dbt_bullion, whose patch 'foundations' is off or"
                ~ " does not fit this dbt: whether a definition has changed is not known."
            ) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- set changed = [] -%}
    {%- for node in selected | sort(attribute='foundation.position') -%}
        {%- set wanted = definition_of(node.foundation, recorded) -%}
        {%- set standing = recorded.get(node.alias) -%}
        {%- if standing and standing.definition != wanted
            and node.config.materialized == 'incremental' and not node.config.full_refresh
            and adapter.get_relation(node.database, node.schema, node.alias) is not none -%}
            {%- do changed.append(node.alias) -%}
        {%- endif -%}
        {%- do recorded.update({node.alias: {'definition': wanted}}) -%}
    {%- endfor -%}
    {%- if changed -%}
        {%- do exceptions.raise_compiler_error(
            "The definition of " ~ changed | join(', ') ~ " has changed since it was built, and"
            ~ " --no-rebuild keeps it from being built whole: build without it."
        ) -%}
    {%- endif -%}
{%- endmacro %}
