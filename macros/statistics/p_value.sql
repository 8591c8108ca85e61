{# A p value from the tail of a distribution: never 0, for no test knows that. What is beyond the
   range of doubles reads 1e-300, "at most that"; above 1e-284 nothing is changed. Null stays null (which
   greatest() would not leave).
     {{ p_value(stats_schema() ~ '.chi2_sf(statistic, 3e0)') }} as p_value #}
{% macro p_value(tail) -%}
    ({{ tail }} + {{ f8('1e-300') }})
{%- endmacro %}
