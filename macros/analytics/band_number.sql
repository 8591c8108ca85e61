{# The place of a band's name among the bands of a var, from 1; one more than there are for any
   other name, such as Unknown. #}
{% macro band_number(expression, bands) -%}
    case {{ expression }}
        {%- for item in var(bands) %}
        when '{{ item["name"] }}' then {{ loop.index }}
        {%- endfor %}
        else {{ var(bands) | length + 1 }}
    end
{%- endmacro %}
