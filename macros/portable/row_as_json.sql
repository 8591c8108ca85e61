{# A row as the text of a JSON object, the same on every engine: keys in the order of the columns,
   nulls said, numbers with all their decimals, dates and timestamps as text. Control characters
   other than line ends and tabs are left out.
   columns: list of {name, type of the contract}; alias: the rows' alias. #}
{% macro row_as_json(columns, alias) -%}
    {%- set text = namespace(row="'{'") -%}
    {%- for column in columns -%}
        {%- set name = ('' if loop.first else ', ') ~ '"' ~ column.name ~ '": ' -%}
        {%- set value = _json_value(alias ~ '.' ~ column.name, column.type) -%}
        {%- set text.row = text.row ~ "\n        || '" ~ name ~ "' || coalesce(" ~ value ~ ", 'null')" -%}
    {%- endfor -%}
    {%- set escaped = namespace(row='(' ~ text.row ~ "\n        || '}')") -%}
    {%- for code, letter in [(9, 't'), (10, 'n'), (13, 'r')] -%}
        {%- set escaped.row = 'replace(' ~ escaped.row ~ ', chr(' ~ code ~ "), chr(92) || '" ~ letter ~ "')" -%}
    {%- endfor -%}
    {%- set controls = [] -%}
    {%- for code in range(1, 32) if code not in [9, 10, 13] -%}
        {%- do controls.append('chr(' ~ code ~ ')') -%}
    {%- endfor -%}
    translate({{ escaped.row }}, {{ controls | join(' || ') }}, '')
{%- endmacro %}

{% macro _json_value(expression, type) -%}
    {%- set as_text = 'cast(' ~ expression ~ ' as ' ~ text_type() ~ ')' -%}
    {%- if type in ['int', 'money', 'rate', 'score', 'numeric', 'bool'] -%}
        {{ return(as_text) }}
    {%- endif -%}
    {%- set escaped = "replace(replace(" ~ as_text ~ ", chr(92), chr(92) || chr(92)), '\"', chr(92) || '\"')" -%}
    {{ return("'\"' || " ~ escaped ~ " || '\"'") }}
{%- endmacro %}
