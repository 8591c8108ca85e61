{# Two columns: Newcombe's interval of the difference of two independent shares, the first less the
   second, from the Wilson limits l and u of each:
     d - sqrt((p1 - l1)^2 + (u2 - p2)^2)  to  d + sqrt((u1 - p1)^2 + (p2 - l2)^2).
     {{ newcombe_interval('b.converted', 'b.n', 'a.converted', 'a.n') }}
   Source: R. G. Newcombe, Statistics in Medicine 17 (1998), method 10. #}
{% macro newcombe_interval(
    hits_1, n_1, hits_2, n_2, low='ci_low', high='ci_high', level=0.95
) -%}
    {{ newcombe_limit(hits_1, n_1, hits_2, n_2, '-', level) }} as {{ low }},
    {{ newcombe_limit(hits_1, n_1, hits_2, n_2, '+', level) }} as {{ high }}
{%- endmacro %}

{% macro newcombe_limit(hits_1, n_1, hits_2, n_2, sign, level) -%}
    {%- set opposite = '+' if sign == '-' else '-' -%}
    {%- set first = '(' ~ ratio(hits_1, n_1) ~ ' - '
        ~ wilson_limit(hits_1, n_1, sign, level) ~ ')' -%}
    {%- set second = '(' ~ ratio(hits_2, n_2) ~ ' - '
        ~ wilson_limit(hits_2, n_2, opposite, level) ~ ')' -%}
    {{ ratio(hits_1, n_1) }} - {{ ratio(hits_2, n_2) }} {{ sign }} sqrt(
        {{ first }} * {{ first }} + {{ second }} * {{ second }}
    )
{%- endmacro %}
