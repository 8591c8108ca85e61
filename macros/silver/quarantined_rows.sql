{# A query of the rows of base_<table> that broke a rule: where they came from, what is wrong with
   them in words and, on request, the row itself as JSON.
   base: the base model, as a literal ref. #}
{% macro quarantined_rows(table_name, base, with_row=false) -%}
    {%- if not execute -%}
        select 1 as _parsed from {{ base }}
        {{- return('') -}}
    {%- endif -%}
    {%- set key = [] -%}
    {%- for name in contract_table(table_name).key -%}
        {%- do key.append('cast(bad_rows.' ~ name ~ ' as ' ~ text_type() ~ ')') -%}
    {%- endfor -%}
    {%- set rules = quarantine_rules(table_name) -%}
    select
        '{{ table_name }}' as table_name,
        {{ key | join(" || '|' || ") }} as row_key,
        bad_rows.quarantine_rule as rule,
        split_part(bad_rows.quarantine_rule, ':', 2) as column_name,
        {% if rules -%}
        case bad_rows.quarantine_rule
            {%- for rule in rules %}
            when '{{ rule.name }}' then {{ rule.reason }}
            {%- endfor %}
        end as reason,
        {%- else -%}
        cast(null as {{ text_type() }}) as reason,
        {%- endif %}
        bad_rows._batch_id,
        bad_rows._source_file,
        bad_rows._source_row,
        bad_rows._extracted_at
        {%- if with_row %},
        {{ row_as_json(contract_table(table_name).columns, 'bad_rows') }} as row_json
        {%- endif %}
    from (select * from {{ base }} where quarantine_rule is not null) as bad_rows
{%- endmacro %}
