{# After a build: of each test of data that failed or warned, what it found: its promises with an
   example, or its rows, five at most. #}
{% macro explain_failures(results) -%}
    {%- set shown = 5 -%}
    {%- if execute -%}
        {%- for result in results
            if result.node.resource_type == 'test' and result.status in ['fail', 'warn'] -%}
            {%- set found = run_query(
                'select * from (\n' ~ result.node.compiled_code ~ '\n) as found limit ' ~ shown
            ) -%}
            {%- do print(result.node.name ~ ' found:') -%}
            {%- for row in found.rows -%}
                {%- set said = [] -%}
                {%- for name, value in row.dict().items() if value is not none -%}
                    {%- do said.append(name ~ ': ' ~ value) -%}
                {%- endfor -%}
                {%- do print('  ' ~ said | join(', ')) -%}
            {%- endfor -%}
            {%- if result.failures > shown -%}
                {%- do print('  and ' ~ (result.failures - shown) ~ ' more') -%}
            {%- endif -%}
        {%- endfor -%}
    {%- endif -%}
{%- endmacro %}
