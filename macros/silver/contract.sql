{# One raw table of the bronze contract, from the sources file: {name, key, event_time, columns:
   [{name, type, data_type, required, references, on_missing, values, min, max, clean, time}]}.
   Only when executing. #}
{% macro contract_table(table_name) -%}
    {%- for node in graph.sources.values()
        if node.source_name == 'bronze' and node.name == table_name -%}
        {%- set columns = [] -%}
        {%- for column in node.columns.values() -%}
            {%- set entry = {'name': column.name, 'data_type': column.data_type} -%}
            {%- do entry.update(column.config.meta) -%}
            {%- do columns.append(entry) -%}
        {%- endfor -%}
        {{ return({
            'name': table_name,
            'key': node.config.meta.key,
            'event_time': node.config.meta.get('event_time'),
            'columns': columns,
        }) }}
    {%- endfor -%}
    {%- do exceptions.raise_compiler_error(
        "The bronze contract has no table " ~ table_name ~ "."
    ) -%}
{%- endmacro %}

{# A column as silver reads it: text trimmed with blank as null (so that a blank is no value, also
   in a column with a closed set), cased or as a pseudonym of staff where the contract says so; a day
   so far away that it means an open end is null.
   Where all that is read is known to be trimmed, it is not trimmed again. #}
{% macro cleaned(column, prefix='', is_trimmed=false) -%}
    {%- set name = prefix ~ column.name -%}
    {%- if column.get('clean') == 'staff' -%}
        {{ staff_id(name) }}
    {%- elif column.type == 'text' -%}
        {%- set case = column.get('clean') -%}
        {%- set cased = case ~ '(' ~ name ~ ')' if case in ['upper', 'lower'] else name -%}
        {{ cased if is_trimmed else 'nullif(trim(' ~ cased ~ "), '')" }}
    {%- elif column.get('time') == 'end' -%}
        case
            when {{ name }} < {{ day_of(var('open_end_from')) }}
                {%- for day in var('open_end_days') %}
                and {{ name }} <> {{ day_of(day) }}
                {%- endfor %}
                then {{ name }}
        end
    {%- else -%}
        {{ name }}
    {%- endif -%}
{%- endmacro %}

{# A day of a var as a literal. #}
{% macro day_of(text) -%}
    cast('{{ text }}' as date)
{%- endmacro %}
