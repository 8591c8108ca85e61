{# The place of a band's name in a set of the seed ref_bands, from 1; one more than there are for
   any other name, such as Unknown. #}
{% macro band_number(expression, band_set) -%}
    {%- set listed_bands = bands(band_set) -%}
    case {{ expression }}
        {%- for item in listed_bands %}
        when '{{ item["name"] }}' then {{ loop.index }}
        {%- endfor %}
        else {{ listed_bands | length + 1 }}
    end
{%- endmacro %}
