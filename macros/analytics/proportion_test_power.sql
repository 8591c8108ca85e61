{# The standard error of the difference of two proportions: with both at their pooled value (what
   a two-proportion z test assumes where there is no difference), or each at its own. #}
{% macro difference_error(rate_a, count_a, rate_b, count_b, pooled=false) -%}
    {%- if pooled -%}
        {%- set rate = ratio(
            '(' ~ count_a ~ ') * (' ~ rate_a ~ ') + (' ~ count_b ~ ') * (' ~ rate_b ~ ')',
            '(' ~ count_a ~ ') + (' ~ count_b ~ ')'
        ) -%}
        sqrt(greatest(
            {{ rate }} * (1 - {{ rate }}) * ({{ ratio(1, count_a) }} + {{ ratio(1, count_b) }}), 0
        ))
    {%- else -%}
        sqrt(greatest(
            {{ ratio('(' ~ rate_a ~ ') * (1 - (' ~ rate_a ~ '))', count_a) }}
            + {{ ratio('(' ~ rate_b ~ ') * (1 - (' ~ rate_b ~ '))', count_b) }},
            0
        ))
    {%- endif -%}
{%- endmacro %}

{# The chance that a two-sided two-proportion z test at level var alpha rejects when the rates are
   these; both tails. J. L. Fleiss, Statistical Methods for Rates and Proportions, 3rd ed., 4.2. #}
{% macro proportion_test_power(rate_a, count_a, rate_b, count_b) -%}
    {%- set critical = confidence_z(1 - var('alpha')) ~ ' * '
        ~ difference_error(rate_a, count_a, rate_b, count_b, pooled=true) -%}
    {%- set effect = '(' ~ rate_b ~ ') - (' ~ rate_a ~ ')' -%}
    {%- set error = difference_error(rate_a, count_a, rate_b, count_b) -%}
    {{ stats_schema() }}.normal_cdf({{ ratio(effect ~ ' - ' ~ critical, error) }})
    + {{ stats_schema() }}.normal_cdf({{ ratio('-(' ~ effect ~ ') - ' ~ critical, error) }})
{%- endmacro %}
