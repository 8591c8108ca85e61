{# The body of int_<table>_versions: of every upsert version in bronze its key, its parents and its
   event time, append-only. An aggregate finds here the places (account, customer, day) that a moved
   or deleted row has left. #}
{% macro version_index(table_name) -%}
    -- depends_on: {{ ref('int_as_of') }}
    {%- set raw = source('bronze', table_name) -%}
    {%- if not execute -%}
        select 1 as _parsed from {{ raw }}
        {{- return('') -}}
    {%- endif -%}
    {%- set table = contract_table(table_name) -%}
    {%- set names = table.key | list -%}
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
