{# beta_quantile(p, a, b): the x with beta_cdf(x, a, b) = p, 0 <= p <= 1; and beta_logit(p, q, a, b)
   with q = 1 - p, ln(x / (1 - x)) at that x, from which the quantiles of t and F follow. Four steps
   of tail_newton.sql on the logit, for the smaller tail, from Paulson's cube root (E. Paulson, Ann.
   Math. Stat. 13, 1942) or, where that has no solution, from the first term of the series,
   (p a B(a, b))^(1 / a). p under 1e-300 counts as 0.
   Relative error under 1e-11 (measured against scipy) where x is a normal double. #}
{% macro beta_quantile_functions() -%}
    {{ return([
        {
            'name': 'paulson_root', 'parameters': ['m', 'n', 'square'],
            'expression': 'case
                when m > 0e0 and m * m > square * (1e0 - m) and m * n + sqrt(square * greatest(
                        m * m * (1e0 - n) + n * n * (1e0 - m) - square * (1e0 - m) * (1e0 - n), 0e0
                    )) > 0.001e0
                    then ln((m * m - square * (1e0 - m)) / nullif(m * n + sqrt(square * greatest(
                        m * m * (1e0 - n) + n * n * (1e0 - m) - square * (1e0 - m) * (1e0 - n), 0e0
                    )), 0e0))
            end',
        },
        {
            'name': 'beta_start', 'parameters': ['p', 'a', 'b', 'z'],
            'expression': 'greatest(
                3e0 * stats.paulson_root(1e0 - 1e0 / (9e0 * a), 1e0 - 1e0 / (9e0 * b), z * z)
                    + ln(a / b),
                least(ln(a / b), (ln(p * a) + stats.ln_gamma(a) + stats.ln_gamma(b)
                    - stats.ln_gamma(a + b)) / a))',
        },
        {
            'name': 'beta_newton', 'parameters': ['l', 'p', 'a', 'b'],
            'expression': 'stats.tail_newton(l, p, stats.beta_tail(a, b, X, Y),
                stats.beta_factor(a, b, X, Y), a * Y - b * X)'
                | replace('X', '(1e0 / (1e0 + exp(least(greatest(-l, -640e0), 640e0))))')
                | replace('Y', '(1e0 / (1e0 + exp(least(greatest(l, -640e0), 640e0))))'),
            'once': true,
        },
        {
            'name': 'beta_lower_logit', 'parameters': ['p', 'a', 'b'],
            'expression': tail_newton_steps(
                'stats.beta_newton', 'stats.beta_start(p, a, b, stats.normal_quantile(p))', 'p, a, b'
            ),
        },
        {
            'name': 'beta_logit', 'parameters': ['p', 'q', 'a', 'b'], 'once': true,
            'expression': 'sign(q - p + 1e-300) * stats.beta_lower_logit(least(p, q),
                case when p <= q then a else b end, case when p <= q then b else a end)',
        },
        {
            'name': 'beta_quantile', 'parameters': ['p', 'a', 'b'],
            'expression': 'case
                when a > 0e0 and b > 0e0 and p > 1e-300 and p < 1e0
                    then 1e0 / (1e0 + exp(least(-stats.beta_logit(
                        least(greatest(p, 1e-300), 1e0), greatest(1e0 - p, 1e-300),
                        greatest(a, 1e-9), greatest(b, 1e-9)), 690e0)))
                when a > 0e0 and b > 0e0 and p >= 0e0 and p <= 1e-300 then 0e0
                when a > 0e0 and b > 0e0 and p = 1e0 then 1e0
            end',
        },
    ]) }}
{%- endmacro %}
