{# The beta distribution with parameters a, b > 0: beta_cdf(x, a, b), which is the regularised
   incomplete beta function, and the upper tail beta_sf(x, a, b); 0 <= x <= 1.
   With y = 1 - x and t / (1 - t) = x / y exp(-z) the tail below x is x^a y^b / B(a, b) times the
   integral over z from 0 of (x + y exp(z))^-a (y + x exp(-z))^-b, which falls from 1 without a
   wave where x is below the mean a / (a + b); above the mean the other tail is computed, by the
   same formula with a, b and x, y exchanged. Gauss-Legendre as in gamma.sql, after four terms of
   I(x; a, b) = x^a y^b / (a B(a, b)) + I(x; a + 1, b). The integrand's logarithms are differences of large
   numbers where a and b are large: with u = tanh(z / 2) they are 2 atanh(y u / (1 - x u)) and
   -2 atanh(x u / (1 + y u)), which keep their digits.
   Sources: DLMF 8.17; Loader (2000) for the factor before the integral. #}
{% macro beta_functions() -%}
    {%- set u = 'tanh(0.5e0 * U)' -%}
    {%- set a, b = 'greatest(a, 1e-9)', 'greatest(b, 1e-9)' -%}
    {%- set x = 'least(greatest(x, 1e-280), 1e0)' -%}
    {%- set y = 'greatest(1e0 - ' ~ x ~ ', 1e-280)' -%}
    {{ return([
        {
            'name': 'beta_factor', 'parameters': ['a', 'b', 'x', 'y'],
            'expression': 'sqrt(a / (a + b) * b * 0.15915494309189533577e0) * stats.exp_or_zero(
                a * stats.ln_ratio((a + b) * x, a, b * x - a * y)
                + b * stats.ln_ratio((a + b) * y, b, a * y - b * x)
                + stats.stirling_error(a + b) - stats.stirling_error(a) - stats.stirling_error(b))',
        },
        {
            'name': 'beta_integral', 'parameters': ['a', 'b', 'x', 'y', 'z'], 'once': true,
            'expression': gauss_legendre(
                'exp(-least(2e0 * a * atanh(y * ' ~ u ~ ' / (1e0 - x * ' ~ u ~ '))'
                ~ ' - 2e0 * b * atanh(x * ' ~ u ~ ' / (1e0 + y * ' ~ u ~ ')), 700e0))',
                'z'
            ),
        },
        {
            'name': 'beta_end_bound', 'parameters': ['a', 'b', 'y', 'slope', 'curvature'],
            'expression': 'least((34e0 - (a + b) * ln(y)) / a, greatest(
                68e0 / (slope + sqrt(slope * slope + 45.4e0 * curvature)),
                34e0 / (slope + 0.367e0 * curvature)))',
        },
        {
            'name': 'beta_end', 'parameters': ['a', 'b', 'x', 'y', 'z'],
            'expression': 'least(z,
                ln(1e0 + (exp((34e0 - b * ln(y + x * exp(-z))) / a) - 1e0) / y))',
        },
        {
            'name': 'beta_raised', 'parameters': ['a', 'b', 'x', 'y'],
            'expression': 'stats.beta_integral(a, b, x, y, stats.beta_end(a, b, x, y,
                stats.beta_end_bound(a, b, y, a * y - b * x, (a + b) * x * y)))',
        },
        {
            'name': 'beta_small', 'parameters': ['a', 'b', 'x', 'y'], 'once': true,
            'expression': 'stats.beta_factor(a, b, x, y) / a * (
                1e0 + x * (a + b) / (a + 1e0) * (1e0 + x * (a + b + 1e0) / (a + 2e0)
                * (1e0 + x * (a + b + 2e0) / (a + 3e0) * (1e0 + x * (a + b + 3e0)
                * stats.beta_raised(a + 4e0, b, x, y)))))',
        },
        {
            'name': 'beta_smaller_tail', 'parameters': ['is_lower', 'a', 'b', 'x', 'y'],
            'expression': '(1e0 - is_lower) + (2e0 * is_lower - 1e0) * stats.beta_small(
                case when is_lower = 1e0 then a else b end,
                case when is_lower = 1e0 then b else a end,
                case when is_lower = 1e0 then x else y end,
                case when is_lower = 1e0 then y else x end)',
        },
        {
            'name': 'beta_tail', 'parameters': ['a', 'b', 'x', 'y'],
            'expression': 'stats.beta_smaller_tail(
                case when a * y >= b * x then 1e0 when a * y < b * x then 0e0 end, a, b, x, y)',
        },
        {
            'name': 'beta_cdf', 'parameters': ['x', 'a', 'b'],
            'expression': 'case
                when a > 0e0 and b > 0e0 and x >= 0e0 and x <= 1e0 then case
                    when x < 1e-280 then 0e0
                    when x = 1e0 then 1e0
                    else stats.beta_tail(' ~ [a, b, x, y] | join(', ') ~ ')
                end
            end',
        },
        {
            'name': 'beta_sf', 'parameters': ['x', 'a', 'b'],
            'expression': 'case
                when a > 0e0 and b > 0e0 and x >= 0e0 and x <= 1e0 then case
                    when x < 1e-280 then 1e0
                    when x = 1e0 then 0e0
                    else stats.beta_tail(' ~ [b, a, y, x] | join(', ') ~ ')
                end
            end',
        },
    ]) }}
{%- endmacro %}
