{# Whether skewness and kurtosis are those of a normal sample: skewness_z(n, skewness), n >= 8, and
   kurtosis_z(n, excess_kurtosis), n >= 20, of the plain moments (m3 / m2^1.5, m4 / m2^2 - 3). Both
   are standard normal when the n values are normal, and the sum of their squares is D'Agostino and
   Pearson's K^2, chi-square with 2 degrees of freedom. As scipy's skewtest and kurtosistest.
   Sources: R. B. D'Agostino, Biometrika 57 (1970); F. J. Anscombe and W. J. Glynn, Biometrika 70
   (1983). #}
{% macro normality_functions() -%}
    {{ return([
        {
            'name': 'skewness_z_width', 'parameters': ['n'],
            'expression': 'sqrt(2e0 * (3e0 * (n * n + 27e0 * n - 70e0) * (n + 1e0) * (n + 3e0)
                / ((n - 2e0) * (n + 5e0) * (n + 7e0) * (n + 9e0)) - 1e0)) - 1e0',
        },
        {
            'name': 'skewness_z_score', 'parameters': ['y', 'width'],
            'expression': 'sign(y) / sqrt(0.5e0 * ln(width)) * ln(
                abs(y) * sqrt(0.5e0 * (width - 1e0)) + sqrt(1e0 + 0.5e0 * y * y * (width - 1e0)))',
        },
        {
            'name': 'skewness_z', 'parameters': ['n', 'skewness'],
            'expression': 'case when n >= 8e0 then stats.skewness_z_score(
                skewness * sqrt((n + 1e0) * (n + 3e0) / (6e0 * (greatest(n, 8e0) - 2e0))),
                stats.skewness_z_width(greatest(n, 8e0))) end',
        },
        {
            'name': 'kurtosis_z_skew', 'parameters': ['n'],
            'expression': '6e0 * (n * n - 5e0 * n + 2e0) / ((n + 7e0) * (n + 9e0)) * sqrt(
                6e0 * (n + 3e0) * (n + 5e0) / (n * (n - 2e0) * (n - 3e0)))',
        },
        {
            'name': 'kurtosis_z_freedom', 'parameters': ['skew'],
            'expression': '6e0 + 8e0 / skew * (2e0 / skew + sqrt(1e0 + 4e0 / (skew * skew)))',
        },
        {
            'name': 'kurtosis_z_score', 'parameters': ['stretched', 'a'],
            'expression': '(1e0 - 2e0 / (9e0 * a) - sign(stretched) * power(
                greatest(1e0 - 2e0 / a, 0e0) / greatest(abs(stretched), 1e-300), 1e0 / 3e0
            )) / sqrt(2e0 / (9e0 * a))',
        },
        {
            'name': 'kurtosis_z_stretched', 'parameters': ['x', 'a'],
            'expression': 'stats.kurtosis_z_score(1e0 + x * sqrt(2e0 / (a - 4e0)), a)',
        },
        {
            'name': 'kurtosis_z_large', 'parameters': ['n', 'excess'],
            'expression': 'stats.kurtosis_z_stretched(
                (excess + 6e0 / (n + 1e0)) / sqrt(24e0 * n * (n - 2e0) * (n - 3e0)
                    / ((n + 1e0) * (n + 1e0) * (n + 3e0) * (n + 5e0))),
                stats.kurtosis_z_freedom(stats.kurtosis_z_skew(n)))',
        },
        {
            'name': 'kurtosis_z', 'parameters': ['n', 'excess'],
            'expression': 'case when n >= 20e0 then
                stats.kurtosis_z_large(greatest(n, 20e0), excess) end',
        },
    ]) }}
{%- endmacro %}
