{# Standard error of a share of "hits" among "n", sqrt(p (1 - p) / n); null for n = 0. #}
{% macro proportion_error(hits, n) -%}
    {%- set share = ratio(hits, n) -%}
    sqrt(greatest({{ ratio(share ~ ' * (1 - ' ~ share ~ ')', n) }}, 0))
{%- endmacro %}
