{# Three columns of the ratio of two independent shares (the risk ratio, the adverse-impact ratio),
   p1 / p2, and its interval from the Wilson limits l and u of each, as newcombe_interval() makes that of
   a difference:
     low  = l1 (2 p1 - l1) / (p1 p2 + sqrt((p1 p2)^2 - l1 (2 p1 - l1) u2 (2 p2 - u2)))
     high = (p1 p2 + sqrt((p1 p2)^2 - u1 (2 p1 - u1) l2 (2 p2 - l2))) / (l2 (2 p2 - l2))
   Unlike Katz's, which stands on a logarithm, it is there where the first share is 0 (ratio and low
   are 0). Null only where the second share is 0 or a side has no case.
     {{ share_ratio_interval('older.approved', 'older.n', 'others.approved', 'others.n') }}
   Source: Donner and Zou, Statistical Methods in Medical Research 21 (2012), with Wilson's limits. #}
{% macro share_ratio_interval(
    hits_1, n_1, hits_2, n_2, share_ratio='share_ratio', low='ci_low', high='ci_high', level=0.95
) -%}
    {%- set p_1, p_2 = ratio(hits_1, n_1), ratio(hits_2, n_2) -%}
    {%- set product = '(' ~ p_1 ~ ' * ' ~ p_2 ~ ')' -%}
    {%- set low_1 = _reach_of_share(p_1, wilson_limit(hits_1, n_1, '-', level)) -%}
    {%- set high_1 = _reach_of_share(p_1, wilson_limit(hits_1, n_1, '+', level)) -%}
    {%- set low_2 = _reach_of_share(p_2, wilson_limit(hits_2, n_2, '-', level)) -%}
    {%- set high_2 = _reach_of_share(p_2, wilson_limit(hits_2, n_2, '+', level)) -%}
    {{ ratio(p_1, p_2) }} as {{ share_ratio }},
    case
        when {{ f8(hits_1) }} = 0 then {{ ratio(p_1, p_2) }}
        else {{ ratio(low_1, product ~ ' + ' ~ _root_of_reaches(product, low_1, high_2)) }}
    end as {{ low }},
    case
        when {{ f8(hits_2) }} > 0
            then {{ ratio(product ~ ' + ' ~ _root_of_reaches(product, high_1, low_2), low_2) }}
    end as {{ high }}
{%- endmacro %}

{# p^2 - (p - limit)^2, which is limit (2 p - limit). #}
{% macro _reach_of_share(share, limit) -%}
    ({{ limit }} * (2 * {{ share }} - {{ limit }}))
{%- endmacro %}

{% macro _root_of_reaches(product, first, second) -%}
    sqrt(greatest({{ product }} * {{ product }} - {{ first }} * {{ second }}, 0e0))
{%- endmacro %}
