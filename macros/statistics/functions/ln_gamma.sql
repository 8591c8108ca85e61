{# ln_gamma(a), the logarithm of the gamma function for a > 0, and stirling_error(a), what
   Stirling's formula lacks: ln_gamma(a) = (a - 1/2) ln(a) - a + ln(2 pi)/2 + stirling_error(a).
   The distributions are built on the error, since differences of ln_gamma of large numbers lose
   their digits. From 10 on it is the asymptotic series (Abramowitz and Stegun 6.1.41), below that
   ten steps of a gamma(a) = gamma(a + 1). ln_ratio is ln(x / a), given x - a, without loss where
   the two are close.
   Sources: C. Loader, Fast and accurate computation of binomial probabilities (2000).
   Absolute error under 2e-14 (relative, for large values). #}
{% macro ln_gamma_functions() -%}
    {{ return([
        {
            'name': 'ln_ratio', 'parameters': ['x', 'a', 'difference'],
            'expression': 'case
                when abs(difference) < 0.5e0 * a
                    then 2e0 * atanh(difference / nullif(2e0 * a + difference, 0e0))
                else ln(x) - ln(a)
            end',
        },
        {
            'name': 'stirling_series', 'parameters': ['a'],
            'expression': polynomial('(1e0 / (a * a))', [
                '-1.9175269175269175e-3', '8.4175084175084175e-4', '-5.9523809523809524e-4',
                '7.9365079365079365e-4', '-2.7777777777777778e-3', '8.3333333333333333e-2',
            ]) ~ ' / a',
        },
        {
            'name': 'stirling_error', 'parameters': ['a'],
            'expression': 'case
                when a >= 1e9 then 8.3333333333333333e-2 / a
                when a >= 10e0 then stats.stirling_series(a)
                when a > 0e0 then stats.stirling_series(a + 10e0)
                    + (a + 9.5e0) * ln(a + 10e0) - 10e0 - (a - 0.5e0) * ln(a)
                    - ln(a * (a + 1e0) * (a + 2e0) * (a + 3e0) * (a + 4e0)
                        * (a + 5e0) * (a + 6e0) * (a + 7e0) * (a + 8e0) * (a + 9e0))
            end',
        },
        {
            'name': 'ln_gamma', 'parameters': ['a'],
            'expression': 'case
                when a > 0e0 then (a - 0.5e0) * ln(greatest(a, 1e-300)) - a + 0.91893853320467274178e0
                    + stats.stirling_error(greatest(a, 1e-300))
            end',
        },
        {
            'name': 'exp_or_zero', 'parameters': ['x'],
            'expression': 'case when x > -700e0 then exp(x) when x is not null then 0e0 end',
        },
    ]) }}
{%- endmacro %}
