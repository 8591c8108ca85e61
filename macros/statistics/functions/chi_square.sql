{# The chi-square distribution with df > 0 degrees of freedom (any real number), x >= 0:
   chi2_cdf(x, df) and the upper tail chi2_sf(x, df), which is the p value of a test.
   P(X > x) = Q(df / 2, x / 2) (DLMF 8.2; gamma.sql).
   chi2_quantile(p, df), 0 <= p < 1 (gamma_quantile.sql). #}
{% macro chi_square_functions() -%}
    {{ return([
        {
            'name': 'chi2_cdf', 'parameters': ['x', 'df'],
            'expression': 'stats.gamma_p(0.5e0 * df, 0.5e0 * x)',
        },
        {
            'name': 'chi2_sf', 'parameters': ['x', 'df'],
            'expression': 'stats.gamma_q(0.5e0 * df, 0.5e0 * x)',
        },
        {
            'name': 'chi2_quantile', 'parameters': ['p', 'df'],
            'expression': '2e0 * stats.gamma_quantile(p, 0.5e0 * df)',
        },
    ]) }}
{%- endmacro %}
