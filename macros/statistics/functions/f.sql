{# The F distribution with d1, d2 > 0 degrees of freedom, x >= 0: f_cdf(x, d1, d2), the upper tail
   f_sf(x, d1, d2), which is the p value of a test, and f_quantile(p, d1, d2), 0 <= p < 1.
   d1 x / (d1 x + d2) has a beta distribution with d1 / 2 and d2 / 2 (DLMF 8.17; beta.sql). #}
{% macro f_functions() -%}
    {%- set d1, d2 = 'greatest(d1, 1e-9)', 'greatest(d2, 1e-9)' -%}
    {%- set x = d1 ~ ' * least(greatest(x, 1e-140), 1e140)' -%}
    {{ return([
        {
            'name': 'f_tail', 'parameters': ['a', 'b', 'x', 'y'],
            'expression': 'stats.beta_tail(0.5e0 * a, 0.5e0 * b, x / (x + y), y / (x + y))',
        },
        {
            'name': 'f_cdf', 'parameters': ['x', 'd1', 'd2'],
            'expression': 'case
                when d1 > 0e0 and d2 > 0e0 and x > 1e-140
                    then stats.f_tail(' ~ [d1, d2, x, d2] | join(', ') ~ ')
                when d1 > 0e0 and d2 > 0e0 and x >= 0e0 then 0e0
            end',
        },
        {
            'name': 'f_sf', 'parameters': ['x', 'd1', 'd2'],
            'expression': 'case
                when d1 > 0e0 and d2 > 0e0 and x > 1e-140
                    then stats.f_tail(' ~ [d2, d1, d2, x] | join(', ') ~ ')
                when d1 > 0e0 and d2 > 0e0 and x >= 0e0 then 1e0
            end',
        },
        {
            'name': 'f_quantile', 'parameters': ['p', 'd1', 'd2'],
            'expression': 'case
                when d1 > 0e0 and d2 > 0e0 and p > 1e-300 and p < 1e0 then ' ~ d2 ~ ' / ' ~ d1 ~ ' * exp(
                    least(greatest(stats.beta_logit(
                        least(greatest(p, 1e-300), 1e0), greatest(1e0 - p, 1e-300),
                        0.5e0 * ' ~ d1 ~ ', 0.5e0 * ' ~ d2 ~ '), -600e0), 600e0))
                when d1 > 0e0 and d2 > 0e0 and p >= 0e0 and p <= 1e-300 then 0e0
            end',
        },
    ]) }}
{%- endmacro %}
