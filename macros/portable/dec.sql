{# A value rounded half away from zero to a decimal; through decimal(38,10) since engines round
   doubles differently. #}
{% macro dec(expression, scale=2, precision=18) -%}
    cast(round(cast({{ expression }} as decimal(38, 10)), {{ scale }}) as decimal({{ precision }}, {{ scale }}))
{%- endmacro %}
