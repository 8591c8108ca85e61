{# The incremental materialisation on Spark, strategy touched_keys (see touched_keys.sql), for
   plain Parquet, which knows no delete and no transaction. A table is laid out in partitions: an
   increment writes those anew that hold a touched row or get one, and drops what it empties.

   config: partition_by, {'month': column} or {'value': column}; without it the table is one
   partition, which suits all but the largest. The physical column is _partition.

   The model's record leaves the build log before its table changes and comes back last: who is
   killed in between leaves no record, and the next build makes the table anew.

   Tables have a location of their own: Spark refuses to make a table where a killed build has
   left files unless it is told the place. So dropping one leaves its files, and they are cleared
   by overwriting. #}
{% materialization incremental, adapter='spark' %}
    {%- set existing = load_cached_relation(this) -%}
    {%- set target_relation = this.incorporate(type='table') -%}
    {%- set whole = existing is none or not existing.is_table or should_full_refresh() -%}

    {{ run_hooks(pre_hooks) }}
    {%- do say_why_whole(existing) -%}

    {%- if whole -%}
        {%- do forget_build() -%}
        {%- do _build_partitioned(existing, target_relation, sql) -%}
    {%- else -%}
        {%- set touched = api.Relation.create(
            schema=this.schema, identifier=this.identifier ~ '__touched', type='table'
        ) -%}
        {%- do adapter.drop_relation(touched) -%}
        {%- call statement('main') -%}
            create table {{ touched }} {{ file_format_clause() }}
            location '{{ spark_schema_location(this.schema) }}/_touched/{{ this.identifier }}'
            as {{ sql }}
        {%- endcall -%}
        {%- do _rewrite_partitions(target_relation, touched) -%}
        {%- do adapter.drop_relation(touched) -%}
    {%- endif -%}

    {%- do record_build() -%}

    {{ run_hooks(post_hooks) }}

    {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}

{# The whole table anew. #}
{% macro _build_partitioned(existing, target_relation, sql) -%}
    {%- if existing is not none -%}{%- do adapter.drop_relation(existing) -%}{%- endif -%}
    {%- set location = spark_table_location(target_relation) -%}
    {%- call statement('clear') -%}
        insert overwrite directory '{{ location }}' using parquet select 1 as nothing where false
    {%- endcall -%}
    {%- call statement('main') -%}
        create table {{ target_relation }} {{ file_format_clause() }} partitioned by (_partition)
        location '{{ location }}'
        {{ comment_clause() }}
        as
        select /*+ rebalance(_partition) */ * from (
            select *, {{ spark_partition() }} as _partition from (
                {{ contracted_query(sql) }}
            ) as typed
        ) as placed
    {%- endcall -%}
{%- endmacro %}

{# Writes the partitions anew that hold a touched row or get one. #}
{% macro _rewrite_partitions(target_relation, touched) -%}
    {%- set touched_names = touched_columns(target_relation, touched) -%}
    {%- set columns = standing_columns(target_relation) | join(', ') -%}
    {%- set arriving -%}
        from {{ touched }} {{ 'where _is_alive' if '_is_alive' in touched_names }}
    {%- endset -%}
    {%- set found = run_query(
        "select _partition, sum(staying) from ("
        ~ " select _partition, case when _is_touched then 0 else 1 end as staying, _is_touched"
        ~ " from " ~ _marked_rows(target_relation, touched, '_partition') ~ " union all"
        ~ " select " ~ spark_partition() ~ ", 1, true " ~ arriving
        ~ ") as rows_of_both group by _partition having bool_or(_is_touched)"
    ) -%}
    {%- set emptied = [] -%}
    {%- set changed = [] -%}
    {%- for row in found.rows -%}
        {%- do (changed if row[1] > 0 else emptied).append("'" ~ row[0] ~ "'") -%}
    {%- endfor -%}
    {%- if changed or emptied -%}{%- do forget_build() -%}{%- endif -%}
    {%- if changed -%}
        {%- call statement('rewrite') -%}
            insert overwrite table {{ target_relation }}
            select /*+ rebalance(_partition) */ * from (
                select {{ columns }}, _partition
                from {{ _marked_rows(target_relation, touched, columns ~ ', _partition') }}
                where not _is_touched and _partition in ({{ changed | join(', ') }})
                union all
                select {{ columns }}, {{ spark_partition() }} as _partition
                {{ arriving }}
            ) as written
        {%- endcall -%}
    {%- endif -%}
    {%- for partition in emptied -%}
        {%- set place = '(_partition = ' ~ partition ~ ')' -%}
        {%- call statement('empty') -%}
            insert overwrite table {{ target_relation }} partition {{ place }}
            select {{ columns }} from {{ touched }} where false
        {%- endcall -%}
        {%- call statement('drop_partition') -%}
            alter table {{ target_relation }} drop if exists partition {{ place }}
        {%- endcall -%}
    {%- endfor -%}
{%- endmacro %}

{# The rows of the target, each with _is_touched: whether the increment takes it away. #}
{% macro _marked_rows(target_relation, touched, columns) -%}
    {%- set unique_key = config.require('unique_key') -%}
    {%- set unique_key = [unique_key] if unique_key is string else unique_key -%}
    {%- set touched_by = config.get('touched_by') or [] -%}
    {%- set touched_by = [touched_by] if touched_by is string else touched_by -%}
    {%- set touched_from = config.get('touched_from') -%}
    (
        select
            {{ prefixed(columns.split(', '), 'built') }},
            touched_keys.{{ unique_key[0] }} is not null
            {%- if touched_by %} or touched_owners.{{ touched_by[0] }} is not null{% endif %} as _is_touched
        from {{ target_relation }} as built
        left join (select distinct {{ unique_key | join(', ') }} from {{ touched }}) as touched_keys
            on {{ equal_keys(unique_key, 'built', 'touched_keys') }}
        {%- if touched_by %}
        left join (
            select {{ touched_by | join(', ') }}{{ ', min(_touched_from) as _touched_from' if touched_from }}
            from {{ touched }}
            {{ 'where _touched_from is not null' if touched_from }}
            group by {{ touched_by | join(', ') }}
        ) as touched_owners
            on {{ equal_keys(touched_by, 'built', 'touched_owners') }}
            {%- if touched_from %} and built.{{ touched_from }} >= touched_owners._touched_from{% endif %}
        {%- endif %}
    ) as marked
{%- endmacro %}

{# The partition of a row, as text. #}
{% macro spark_partition() -%}
    {%- set partition_by = config.get('partition_by') or {} -%}
    {%- if partition_by.month -%}
        coalesce(substring(cast({{ partition_by.month }} as string), 1, 7), 'none')
    {%- elif partition_by.value -%}
        coalesce(cast({{ partition_by.value }} as string), 'none')
    {%- else -%}
        'all'
    {%- endif -%}
{%- endmacro %}
