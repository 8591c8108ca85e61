{# The name of the band (a var: list of {name, from}) that a number falls in; null for null, and
   the lowest band below its bound. #}
{% macro band(expression, bands) -%}
    case
        when {{ expression }} is null then null
        {%- for item in var(bands)[1:] | reverse %}
        when {{ expression }} >= {{ item['from'] }} then '{{ item["name"] }}'
        {%- endfor %}
        else '{{ var(bands)[0]["name"] }}'
    end
{%- endmacro %}
