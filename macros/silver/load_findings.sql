{# What the loads have seen of the batches that a model reads of a raw table:
     text_is_trimmed  no text is empty or has a blank at either end
     keys_stand_once  no key stands twice in all batches that a whole build reads
   Both false where it is not known. The lake's audit does not say it: there a build looks itself. #}
{% macro load_findings(table_name) -%}
    {#- A unit test has the rows that it gives and no loads. -#}
    {%- if model.resource_type == 'unit_test' -%}
        {{ return(default__load_findings(table_name)) }}
    {%- endif -%}
    {{ return(adapter.dispatch('load_findings', 'bullion')(table_name)) }}
{%- endmacro %}

{% macro default__load_findings(table_name) -%}
    {{ return({'text_is_trimmed': false, 'keys_stand_once': false}) }}
{%- endmacro %}

{% macro postgres__load_findings(table_name) -%}
    {%- set found = run_query(
        "select coalesce(bool_and(text_is_trimmed), false),"
        ~ " coalesce(bool_and(first_key is not null and absence_deletes = 0"
        ~ " and coalesce(previous_last_key collate \"C\" < first_key collate \"C\", true)), false)"
        ~ " from (select *,"
        ~ " lag(last_key) over (order by first_key collate \"C\") as previous_last_key"
        ~ " from " ~ source('bronze_audit', 'load_audit')
        ~ " where table_name = '" ~ table_name ~ "' and batch_id <= " ~ pinned_batch()
        ~ " and batch_id > " ~ last_built_batch() ~ ") as batches"
    ).rows[0] -%}
    {#- An increment meets the keys that stand, and a past instant chooses among versions. -#}
    {%- set is_whole = not is_incremental() and not var('as_of', none) -%}
    {{ return({'text_is_trimmed': found[0], 'keys_stand_once': found[1] and is_whole}) }}
{%- endmacro %}
