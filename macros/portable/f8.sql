{# A value as a double: statistics are computed in doubles, money is not. #}
{% macro f8(expression) -%}
    cast({{ expression }} as {{ double_type() }})
{%- endmacro %}
