{# The name of the band (a set of the seed ref_bands) that a number falls in; null for null, and
   the lowest band below its bound. #}
{% macro band(expression, band_set) -%}
    {%- set listed_bands = bands(band_set) -%}
    case
        when {{ expression }} is null then null
        {%- for item in listed_bands[1:] | reverse %}
        when {{ expression }} >= {{ item['from'] }} then '{{ item["name"] }}'
        {%- endfor %}
        else '{{ listed_bands[0]["name"] }}'
    end
{%- endmacro %}
