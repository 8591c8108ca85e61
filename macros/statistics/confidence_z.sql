{# The normal quantile that a two-sided interval of this level stands on, 1.96 for 0.95; the usual
   ones as numbers, which DuckDB binds sooner than the function's text. #}
{% macro confidence_z(level=0.95) -%}
    {%- set known = {
        0.8: '1.2815515655446004e0',
        0.9: '1.6448536269514722e0',
        0.95: '1.959963984540054e0',
        0.99: '2.5758293035489004e0',
        0.998: '3.090232306167813e0',
        0.999: '3.2905267314918945e0',
    } -%}
    {{ known.get(level, stats_schema() ~ '.normal_quantile(' ~ (1 + level) / 2 ~ ')') }}
{%- endmacro %}
