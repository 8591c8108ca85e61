{# A query that returns what is wrong between a raw table and base_<table>: a key that bronze
   has and base has not or the other way round, a version in bronze later than the one that won,
   a winner whose money is not what the version at its address says. Empty when every row of
   bronze is accounted for: it won, or a later version of its key did. base: the base model, as
   a literal ref. Not for builds of a past instant, which cut by event time.

   In an increment: of the keys of which a version has arrived since the test passed and, where that
   is known, of those whose winner has been written. #}
{% macro unaccounted_versions(table_name, base) -%}
    {%- set raw = source('bronze', table_name) -%}
    {%- if not execute -%}
        select 1 as _parsed from {{ raw }}, {{ base }}
        {{- return('') -}}
    {%- endif -%}
    {%- set table = contract_table(table_name) -%}
    {%- set money = table.columns | selectattr('type', 'equalto', 'money') | map(attribute='name') | list -%}
    {%- set key = table.key | join(', ') -%}
    {%- set arrived = raw ~ ' where _batch_id <= ' ~ pinned_batch() -%}
    {%- set keys_to_test -%}
        select {{ key }} from {{ arrived }} and _batch_id > {{ tested_batch() }}
        {%- set is_touched = rows_touched('base_' ~ table_name) %}
        {%- if is_touched != 'true' %}
        union
        select {{ key }} from {{ base }} where {{ is_touched }}
        {%- endif %}
    {%- endset -%}
    {%- set is_narrow = tested_batch() >= 0 %}
    select
        '{{ table_name }}' as table_name,
        case
            when winners._batch_id is null then 'the key is missing in silver'
            when raw._batch_id is null then 'the winning version is not in bronze'
            when (raw._extracted_at, raw._source_file, raw._source_row)
                > (winners._extracted_at, winners._source_file, winners._source_row)
                then 'a later version should have won'
            else 'the winner differs from its version in bronze'
        end as reason,
        count(*) as row_count
    from (
        select * from {{ arrived }}
        {%- if is_narrow %} and ({{ key }}) in ({{ keys_to_test }}){% endif %}
    ) as raw
    full join (
        select * from {{ base }}
        {%- if is_narrow %} where ({{ key }}) in ({{ keys_to_test }}){% endif %}
    ) as winners
        on {{ equal_keys(table.key, 'raw', 'winners') }}
    where winners._batch_id is null
        or raw._batch_id is null
        or (raw._extracted_at, raw._source_file, raw._source_row)
            > (winners._extracted_at, winners._source_file, winners._source_row)
        or (
            raw._batch_id = winners._batch_id
            and raw._source_row = winners._source_row
            and (
                (raw._op = 'delete') <> winners.is_deleted
                {%- for column in money %}
                or (raw._op = 'upsert' and raw.{{ column }} is distinct from winners.{{ column }})
                {%- endfor %}
            )
        )
    group by 1, 2
{%- endmacro %}
