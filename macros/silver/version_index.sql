{# The whole of int_<table>_versions: of every upsert version in bronze its key, its parents and its
   event time, append-only. An aggregate finds here the places (account, customer, day) that a moved
   or deleted row has left. key: the natural key's column, said once more because dbt takes the
   indexes when it parses, before the contract can be read. #}
{% macro version_index(table_name, key) -%}
    {{- config(
        materialized='incremental',
        incremental_strategy='touched_keys',
        partition_by={'value': '_batch_id'},
        unique_key=['_batch_id', '_source_row'],
        append_only=true,
        indexes=[{'columns': [key]}, {'columns': ['_batch_id'], 'type': 'brin'}]
    ) -}}
    -- depends_on: {{ ref('int_as_of') }}
    {%- set raw = source('bronze', table_name) -%}
    {%- if not execute -%}
        select 1 as _parsed from {{ raw }}
        {{- return('') -}}
    {%- endif -%}
    {%- set table = contract_table(table_name) -%}
    {%- if table.key != [key] -%}
        {%- do exceptions.raise_compiler_error(
            "The contract's key of " ~ table_name ~ " is " ~ table.key | join(', ') ~ ", not " ~ key
            ~ ": give version_index that one."
        ) -%}
    {%- endif -%}
    {%- set names = [key] -%}
    {%- for column in required_references(table) if column.name not in names -%}
        {%- do names.append(column.name) -%}
    {%- endfor -%}
    {%- if table.event_time and table.event_time not in names -%}
        {%- do names.append(table.event_time) -%}
    {%- endif %}

with

final as (
    select
        {{ names | join(',\n        ') }},
        _source_file,
        _source_row,
        _batch_id
    from {{ raw }}
    where _op = 'upsert' and _batch_id <= {{ pinned_batch() }}
    {%- if is_incremental() %} and _batch_id > {{ last_built_batch() }}{% endif %}
    {%- if var('as_of', none) and table.event_time %}
        and {{ table.event_time }} <= {{ pinned_as_of() }}
    {%- endif %}
)

select * from final
{%- endmacro %}
