{# Student's t distribution with df > 0 degrees of freedom (any real number): t_cdf(t, df), the
   upper tail t_sf(t, df) and the two-sided p value t_two_sided(t, df).
   P(T > t) = I(df / (df + t^2); df / 2, 1 / 2) / 2 for t >= 0 (DLMF 8.17; beta.sql).
   t_quantile(p, df), 0 < p < 1, turns that round (beta_quantile.sql). #}
{% macro student_t_functions() -%}
    {%- set bounded = 'least(greatest(abs(t), 1e-140), 1e140)' -%}
    {{ return([
        {
            'name': 't_tail_by_square', 'parameters': ['square', 'df'],
            'expression': '0.5e0 * stats.beta_tail(
                0.5e0 * df, 0.5e0, df / (df + square), square / (df + square))',
        },
        {
            'name': 't_tail', 'parameters': ['t', 'df'],
            'expression': 'case when df > 0e0 and abs(t) >= 0e0 then
                stats.t_tail_by_square(' ~ bounded ~ ' * ' ~ bounded ~ ',
                    greatest(df, 1e-9)) end',
        },
        {
            'name': 't_sf', 'parameters': ['t', 'df'],
            'expression': 'case
                when t >= 0e0 then stats.t_tail(t, df)
                when t < 0e0 then 1e0 - stats.t_tail(t, df)
            end',
        },
        {'name': 't_cdf', 'parameters': ['t', 'df'], 'expression': 'stats.t_sf(-t, df)'},
        {
            'name': 't_two_sided', 'parameters': ['t', 'df'],
            'expression': '2e0 * stats.t_tail(t, df)',
        },
        {
            'name': 't_quantile', 'parameters': ['p', 'df'],
            'expression': 'case
                when df > 0e0 and p = 0.5e0 then 0e0
                when df > 0e0 and p > 1e-300 and p < 1e0 then sign(p - 0.5e0)
                    * sqrt(greatest(df, 1e-9)) * exp(-0.5e0 * stats.beta_logit(
                        2e0 * least(greatest(least(p, 1e0 - p), 1e-300), 0.5e0),
                        2e0 * greatest(abs(p - 0.5e0), 1e-300),
                        0.5e0 * greatest(df, 1e-9), 0.5e0))
            end',
        },
    ]) }}
{%- endmacro %}
