{# The regularised incomplete gamma functions gamma_p(a, x) = integral of t^(a-1) exp(-t) over
   [0, x], divided by gamma(a), and gamma_q = 1 - gamma_p; a > 0, x >= 0.
   With t = x exp(z) the tail beyond x is x^a exp(-x) / gamma(a) times the integral of
   exp(a z - x (exp(z) - 1)), and that below x the integral of exp(-(a z - x (1 - exp(-z)))); both
   integrands fall from 1 without a wave, and are entire. They are integrated by Gauss-Legendre to
   where they are exp(-34). Whichever tail is smaller is computed, with all its digits. The lower one is first
   raised by four terms of P(a, x) = x^a exp(-x) / gamma(a + 1) + P(a + 1, x), for at small a the
   integrand has a long tail. exp(z) - 1 is 2 u / (1 - u) with u = tanh(z / 2), which keeps its
   digits for small z.
   Arguments are kept in range even
   in a branch that is not taken, since DuckDB computes constants in it. a under 1e-9 counts as 1e-9.
   Sources: DLMF 8.2, 8.8.5; Loader (2000) for the factor before the integral. #}
{% macro gamma_functions() -%}
    {%- set a, x = 'greatest(a, 1e-9)', 'greatest(x, 1e-280)' -%}
    {%- set upper = 'stats.gamma_upper(' ~ a ~ ', greatest(x, ' ~ a ~ '))' -%}
    {%- set lower = 'stats.gamma_lower(' ~ a ~ ', least(' ~ x ~ ', ' ~ a ~ '))' -%}
    {{ return([
        {
            'name': 'gamma_factor', 'parameters': ['a', 'x'],
            'expression': 'sqrt(a * 0.15915494309189533577e0) * stats.exp_or_zero(
                a * stats.ln_ratio(x, a, x - a) - (x - a) - stats.stirling_error(a))',
        },
        {
            'name': 'gamma_upper_integral', 'parameters': ['a', 'x', 'z'], 'once': true,
            'expression': gauss_legendre(
                'exp(-least(x * 2e0 * tanh(0.5e0 * U) / (1e0 - tanh(0.5e0 * U)) - a * U, 700e0))',
                'z'
            ),
        },
        {
            'name': 'gamma_upper_end', 'parameters': ['a', 'x', 'z'],
            'expression': 'least(z, ln(1e0 + (34e0 + a * z) / x))',
        },
        {
            'name': 'gamma_upper', 'parameters': ['a', 'x'],
            'expression': 'stats.gamma_factor(a, x) * stats.gamma_upper_integral(a, x,
                stats.gamma_upper_end(a, x, 68e0 / (x - a + sqrt((x - a) * (x - a) + 68e0 * x))))',
        },
        {
            'name': 'gamma_lower_integral', 'parameters': ['a', 'x', 'z'], 'once': true,
            'expression': gauss_legendre(
                'exp(-least(a * U - x * 2e0 * tanh(0.5e0 * U) / (1e0 + tanh(0.5e0 * U)), 700e0))',
                'z'
            ),
        },
        {
            'name': 'gamma_lower_end', 'parameters': ['a', 'x'],
            'expression': 'least((34e0 + x) / a, greatest(
                68e0 / (a - x + sqrt((a - x) * (a - x) + 45.4e0 * x)),
                34e0 / (a - x + 0.367e0 * x)))',
        },
        {
            'name': 'gamma_lower', 'parameters': ['a', 'x'],
            'expression': 'stats.gamma_factor(a, x) / a * (
                1e0 + x / (a + 1e0) * (1e0 + x / (a + 2e0) * (1e0 + x / (a + 3e0)
                * (1e0 + x * stats.gamma_lower_integral(
                    a + 4e0, x, stats.gamma_lower_end(a + 4e0, x))))))',
        },
        {
            'name': 'gamma_p', 'parameters': ['a', 'x'],
            'expression': 'case
                when a > 0e0 and x > a + 60e0 * sqrt(' ~ a ~ ') + 2000e0 then 1e0
                when a > 0e0 and x >= a then 1e0 - ' ~ upper ~ '
                when a > 0e0 and x > 1e-280 then ' ~ lower ~ '
                when a > 0e0 and x >= 0e0 then 0e0
            end',
        },
        {
            'name': 'gamma_q', 'parameters': ['a', 'x'],
            'expression': 'case
                when a > 0e0 and x > a + 60e0 * sqrt(' ~ a ~ ') + 2000e0 then 0e0
                when a > 0e0 and x >= a then ' ~ upper ~ '
                when a > 0e0 and x > 1e-280 then 1e0 - ' ~ lower ~ '
                when a > 0e0 and x >= 0e0 then 1e0
            end',
        },
    ]) }}
{%- endmacro %}
