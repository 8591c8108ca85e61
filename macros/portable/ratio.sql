{# numerator / denominator as a double; null when the denominator is zero or null. The only
   division. #}
{% macro ratio(numerator, denominator) -%}
    ({{ f8(numerator) }} / nullif({{ f8(denominator) }}, 0))
{%- endmacro %}
