{# gamma_quantile(p, a): the x with gamma_p(a, x) = p, for 0 <= p < 1 and a > 0; p under 1e-300
   counts as 0. Four steps of tail_newton.sql on ln x, for the smaller tail, from Wilson and Hilferty's cube
   (1931) or, where it is larger, from the first term of the series, (p gamma(a + 1))^(1 / a).
   Relative error under 1e-12 (measured against scipy). #}
{% macro gamma_quantile_functions() -%}
    {%- set lower = tail_newton_steps(
        'stats.gamma_lower_newton', 'stats.gamma_lower_start(p, a, stats.normal_quantile(p))', 'p, a'
    ) -%}
    {%- set upper = tail_newton_steps(
        'stats.gamma_upper_newton', 'stats.gamma_upper_start(a, stats.normal_quantile(q))', 'q, a'
    ) -%}
    {{ return([
        {
            'name': 'gamma_lower_start', 'parameters': ['p', 'a', 'z'],
            'expression': 'greatest(
                ln(a) + 3e0 * ln(greatest(1e0 - 1e0 / (9e0 * a) + z / (3e0 * sqrt(a)), 1e-30)),
                (ln(p) + stats.ln_gamma(a + 1e0)) / a)',
        },
        {
            'name': 'gamma_upper_start', 'parameters': ['a', 'z'],
            'expression': 'case
                when 1e0 - 1e0 / (9e0 * a) - z / (3e0 * sqrt(a)) > 0.01e0
                    then ln(a) + 3e0 * ln(1e0 - 1e0 / (9e0 * a) - z / (3e0 * sqrt(a)))
                else (stats.ln_gamma(a + 1e0) - 0.7e0) / a
            end',
        },
        {
            'name': 'gamma_lower_newton', 'parameters': ['l', 'p', 'a'], 'once': true,
            'expression': 'stats.tail_newton(l, p, stats.gamma_p(a, exp(greatest(l, -640e0))),
                stats.gamma_factor(a, exp(greatest(l, -640e0))), a - exp(greatest(l, -640e0)))',
        },
        {
            'name': 'gamma_upper_newton', 'parameters': ['l', 'q', 'a'], 'once': true,
            'expression': '-stats.tail_newton(-l, q, stats.gamma_q(a, exp(greatest(l, -640e0))),
                stats.gamma_factor(a, exp(greatest(l, -640e0))), exp(greatest(l, -640e0)) - a)',
        },
        {
            'name': 'gamma_lower_quantile', 'parameters': ['p', 'a'],
            'expression': 'exp(greatest(' ~ lower ~ ', -700e0))',
        },
        {
            'name': 'gamma_upper_quantile', 'parameters': ['q', 'a'],
            'expression': 'exp(greatest(' ~ upper ~ ', -700e0))',
        },
        {
            'name': 'gamma_quantile', 'parameters': ['p', 'a'],
            'expression': 'case
                when a > 0e0 and p > 1e-300 and p <= 0.5e0 then stats.gamma_lower_quantile(
                    least(greatest(p, 1e-300), 0.5e0), greatest(a, 1e-9))
                when a > 0e0 and p > 0.5e0 and p < 1e0 then stats.gamma_upper_quantile(
                    least(greatest(1e0 - p, 1e-300), 0.5e0), greatest(a, 1e-9))
                when a > 0e0 and p >= 0e0 and p <= 1e-300 then 0e0
            end',
        },
    ]) }}
{%- endmacro %}
