{# Hours from one timestamp to a later one, to the hundredth; null while either has not come. #}
{% macro hours_between(earlier, later) -%}
    {{ dec(ratio(epoch_seconds(later) ~ ' - ' ~ epoch_seconds(earlier), 3600)) }}
{%- endmacro %}
