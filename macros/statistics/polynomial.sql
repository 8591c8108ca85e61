{# The text of a polynomial by Horner's rule; coefficients from the highest power down. #}
{% macro polynomial(variable, coefficients) -%}
    {%- set text = namespace(value=coefficients[0]) -%}
    {%- for coefficient in coefficients[1:] -%}
        {%- set text.value = '(' ~ text.value ~ ' * ' ~ variable ~ ' + ' ~ coefficient ~ ')' -%}
    {%- endfor -%}
    {{ return(text.value) }}
{%- endmacro %}
