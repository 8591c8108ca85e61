{# A query of every row of a raw table that arrived since the model's last build (all rows when
   it is built whole), deletes too: the contract's columns cleaned, is_deleted, quarantine_rule
   (row-level rules only: whether a parent has arrived may change later), and the bronze
   address. #}
{% macro arrived_versions(table_name) -%}
    -- depends_on: {{ ref('int_as_of') }}
    {%- set bronze = source('bronze', table_name) -%}
    {%- if not execute %}
        {%- do source('bronze_audit', 'load_audit') -%}
        select 1 as _parsed from {{ bronze }}
        {{- return('') -}}
    {%- endif -%}
    {%- set table = contract_table(table_name) -%}
    {%- set is_trimmed = load_findings(table_name).text_is_trimmed %}
    select
        arrived.*,
        case when not is_deleted then {{ quarantine_case(table_name, orphans=false) }} end as quarantine_rule
    from (
        select
            {% for column in table.columns -%}
            {{ milestone_cut(cleaned(column, 'winners.', is_trimmed), column, table_name) }} as {{ column.name }},
            {% endfor -%}
            winners._op = 'delete' as is_deleted,
            winners._batch_id,
            winners._extracted_at,
            winners._source_file,
            winners._source_row
        from (select * from {{ bronze }}) as winners
        where winners._batch_id <= {{ pinned_batch() }}
            {%- if is_incremental() %} and winners._batch_id > {{ last_built_batch() }}{% endif %}
    ) as arrived
{%- endmacro %}
