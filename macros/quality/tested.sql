{# What the tests of a build read. A test that has passed leaves a row in the build log, by the name
   'test <name>': the oldest batch that what it reads stood at, and as hashes
     definition  its own logic (dbt_bullion/foundations.py), the variables that it reads, the
                 definitions of its inputs, and which runs made their rows anew
     state       the definition, the states of its inputs, and the loads of the raw tables it reads
   Where the recorded state is the wanted one, the test would find again what it found: it ends at
   once. Where the definition is, a test may read what has been touched since: by tested_batch() what
   later batches did, by rows_touched() the rows that have been written, which PostgreSQL knows.
   Otherwise it reads all, as it does after it failed, in `dbt test`, with --full-refresh and
   --all-tests, of a past instant and on Spark, where tables have no record. #}

{# Before any model: a test that is made to read all is taken for untested until it has passed. #}
{% macro prepare_tests() -%}
    {%- if target.type == 'spark' -%}{{ return('') }}{%- endif -%}
    {%- do graph.update({'proofs': {}, 'sizes': table_sizes()}) -%}
    {%- if must_read_all() -%}
        {%- set names = [] -%}
        {%- for unique_id in selected_resources
            if 'test ' ~ graph.nodes.get(unique_id, {}).get('name') in graph.builds -%}
            {%- do names.append(graph.nodes[unique_id].name) -%}
        {%- endfor -%}
        {%- do forget_tests(names) -%}
    {%- endif -%}
{%- endmacro %}

{% macro must_read_all() -%}
    {{ return(
        target.type == 'spark' or flags.WHICH != 'build' or flags.FULL_REFRESH or flags.EMPTY
        or var('as_of', none) is not none or env_var('BULLION_ALL_TESTS', '') != ''
    ) }}
{%- endmacro %}

{# Of the test that is compiled: {definition, state, batch, is_unchanged, seen}; batch is what it
   was passed on, -1 where that is not known or does not count; seen, which rows it could see
   then. #}
{% macro test_proof() -%}
    {%- if not execute or 'proofs' not in graph or model.resource_type != 'test' -%}
        {{ return({'batch': -1, 'is_unchanged': false, 'seen': none}) }}
    {%- endif -%}
    {%- if model.unique_id not in graph.proofs -%}
        {%- do graph.proofs.update({model.unique_id: _find_test_proof()}) -%}
    {%- endif -%}
    {{ return(graph.proofs[model.unique_id]) }}
{%- endmacro %}

{% macro _find_test_proof() -%}
    {%- set proof = {'definition': none, 'state': none, 'batch': -1, 'is_unchanged': false, 'seen': none} -%}
    {%- set foundation = graph.nodes[model.unique_id].get('test_foundation') -%}
    {%- if foundation -%}
        {%- set definition = [foundation.logic] -%}
        {%- set state = [_loads_of(foundation)] -%}
        {%- for name in foundation.variables -%}
            {%- do definition.append([name, var(name, none)]) -%}
        {%- endfor -%}
        {%- for name in foundation.inputs -%}
            {%- set record = graph.builds.get(name, {}) -%}
            {%- do definition.append(record.get('definition')) -%}
            {%- if name in foundation.incremental -%}
                {%- do definition.append([record.get('made_by')]) -%}
            {%- endif -%}
            {%- if name != 'int_as_of' or foundation.reads_as_of -%}
                {%- do state.extend([record.get('state'), [record.get('made_by')]]) -%}
            {%- endif -%}
        {%- endfor -%}
        {%- if none not in definition -%}
            {%- do proof.update({'definition': local_md5(definition | string)}) -%}
        {%- endif -%}
        {%- if none not in definition and none not in state -%}
            {%- do proof.update({'state': local_md5(proof.definition ~ state)}) -%}
        {%- endif -%}
        {%- if not foundation.models -%}{%- do proof.update({'pinned': pinned_batch()}) -%}{%- endif -%}
        {%- set passed = graph.builds.get('test ' ~ model.name, {}) -%}
        {%- if not must_read_all() and passed and passed.definition == proof.definition -%}
            {%- do proof.update({
                'batch': passed.batch,
                'seen': passed.seen,
                'is_unchanged': passed.state is not none and passed.state == proof.state,
            }) -%}
        {%- endif -%}
    {%- endif -%}
    {{ return(proof) }}
{%- endmacro %}

{# The batch that the test was passed on, as a number: what no later batch has touched is proved, by
   the definitions that hold now. -1 where all is to be read. #}
{% macro tested_batch() -%}
    {%- set proof = test_proof() -%}
    {%- do proof.update({'is_narrow': proof.batch >= 0}) -%}
    {{ return(proof.batch) }}
{%- endmacro %}

{# What rows_touched() says of the model that a generic test is of; of a view, and where the test is
   told which rows to read, all. #}
{% macro tested_rows_touched() -%}
    {%- set tested = graph.nodes[model.attached_node] if execute else {} -%}
    {%- if not tested or tested.config.materialized != 'incremental' or config.get('where') -%}
        {{ return('true') }}
    {%- endif -%}
    {{ return(rows_touched(tested.name)) }}
{%- endmacro %}

{# A query of the accounts of which anything may have changed since the test passed: by what has
   arrived and by what the build took for touched, and, where that is known, by the rows of the facts
   that have been written. Without the days that the snapshot goes on by. #}
{% macro accounts_to_test() -%}
    {%- set batch = tested_batch() -%}
    {%- set transactions = ref('fact_transactions') -%}
    {%- set snapshots = ref('fact_account_daily_snapshot') -%}
    {%- set sources = [(ref('int_touched_accounts'), '_batch_id')] -%}
    {%- for base in [ref('base_accounts'), ref('base_transactions'), ref('base_account_balances')] -%}
        {%- do sources.append((base, '_changed_batch_id')) -%}
    {%- endfor -%}
    {%- for relation, column in sources %}
    {{ 'union' if not loop.first }}
    select account_id from {{ relation }} where {{ column }} > {{ batch }}
    {%- endfor %}
    {%- set fact = rows_touched('fact_transactions') %}
    {%- set snapshot = rows_touched('fact_account_daily_snapshot') %}
    {%- if fact != 'true' and snapshot != 'true' %}
    union
    select account_id from {{ transactions }} where {{ fact }}
    union
    select account_id
    from {{ snapshots }}
    where {{ snapshot }} and snapshot_date <= ({{ day_tested() }})
    {%- endif %}
{%- endmacro %}

{# A query of the day that the warehouse spoke of when the test passed. #}
{% macro day_tested() -%}
    select coalesce(cast(max(extracted_at) as date), cast('1900-01-01' as date))
    from {{ source('bronze_audit', 'load_audit') }}
    where batch_id <= {{ tested_batch() }}
{%- endmacro %}

{# dbt's own, but for a test of which nothing has changed. #}
{% macro default__get_test_sql(main_sql, fail_calc, warn_if, error_if, limit) -%}
    {%- if test_proof().is_unchanged -%}
        -- passed before, and nothing that it reads has changed since
        select 0 as failures, false as should_warn, false as should_error
    {%- else -%}
        {{ dbt.default__get_test_sql(main_sql, fail_calc, warn_if, error_if, limit) }}
    {%- endif -%}
{%- endmacro %}

{# After a build: records the tests that passed, forgets those that did not, and says what was
   read. #}
{% macro record_tests(results) -%}
    {%- if not execute or target.type == 'spark' or flags.EMPTY or 'proofs' not in graph -%}
        {{ return('') }}
    {%- endif -%}
    {%- set passed = [] -%}
    {%- set broken = [] -%}
    {%- for result in results if result.node.resource_type == 'test' -%}
        {%- set proof = graph.proofs.get(result.node.unique_id, {}) -%}
        {%- if result.status == 'pass' and proof.get('definition') -%}
            {%- do passed.append(result.node) -%}
        {%- elif result.status != 'skipped' -%}
            {%- do broken.append(result.node.name) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- do forget_tests(broken + passed | map(attribute='name') | list) -%}
    {%- do _write_test_records(passed) -%}
    {%- do _say_what_was_read(passed) -%}
{%- endmacro %}

{% macro forget_tests(names) -%}
    {%- if names -%}
        {%- set recorded = [] -%}
        {%- for name in names -%}{%- do recorded.append('test ' ~ name) -%}{%- endfor -%}
        {%- call statement('forget_tests', auto_begin=false) -%}
            delete from {{ build_log_relation() }} where model_name in ({{ quoted(recorded) }})
        {%- endcall -%}
        {%- for name in recorded if name in graph.builds -%}
            {%- do graph.builds.pop(name) -%}
        {%- endfor -%}
    {%- endif -%}
{%- endmacro %}

{% macro _write_test_records(tests) -%}
    {%- set recorded = recorded_builds() -%}
    {%- set rows = [] -%}
    {%- for test in tests -%}
        {%- set proof = graph.proofs[test.unique_id] -%}
        {%- set foundation = graph.nodes[test.unique_id].test_foundation -%}
        {%- set batches = [] -%}
        {%- for name in foundation.models -%}
            {%- do batches.append(recorded.get(name, {}).get('batch', -1)) -%}
        {%- endfor -%}
        {%- do rows.append(
            "('test " ~ test.name ~ "', " ~ (batches | min if batches else proof.pinned) ~ ', '
            ~ _text_or_null(proof.definition) ~ ', ' ~ _text_or_null(proof.state) ~ ', '
            ~ _text_or_null(proof.seen if proof.is_unchanged else proof.get('sees')) ~ ')'
        ) -%}
    {%- endfor -%}
    {%- if rows -%}
        {%- call statement('record_tests', auto_begin=false) -%}
            insert into {{ build_log_relation() }}
                (model_name, last_batch_id, definition, state, seen)
            values {{ rows | join(', ') }}
        {%- endcall -%}
    {%- endif -%}
{%- endmacro %}

{% macro _say_what_was_read(tests) -%}
    {%- set counts = {'unchanged': 0, 'narrow': 0} -%}
    {%- for test in tests -%}
        {%- set proof = graph.proofs[test.unique_id] -%}
        {%- set kind = 'unchanged' if proof.is_unchanged else ('narrow' if proof.get('is_narrow') else none) -%}
        {%- if kind -%}{%- do counts.update({kind: counts[kind] + 1}) -%}{%- endif -%}
    {%- endfor -%}
    {%- if counts.unchanged or counts.narrow -%}
        {%- do print(
            'Of ' ~ tests | length ~ ' tests that passed ' ~ counts.unchanged
            ~ ' had nothing new to read and ' ~ counts.narrow ~ ' read what the build touched;'
            ~ ' --all-tests reads all.'
        ) -%}
    {%- endif -%}
{%- endmacro %}
