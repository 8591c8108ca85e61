{# The normal quantile that a two-sided interval of this level stands on, 1.96 for 0.95. #}
{% macro confidence_z(level=0.95) -%}
    {{ stats_schema() }}.normal_quantile({{ (1 + level) / 2 }})
{%- endmacro %}
