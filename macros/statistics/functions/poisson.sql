{# The Poisson distribution with mean mu >= 0: poisson_pmf(k, mu), poisson_cdf(k, mu) = P(X <= k)
   and the upper tail poisson_sf(k, mu) = P(X > k); k any number (rounded down; the pmf of a k that is
   not whole is 0). P(X <= k) = Q(k + 1, mu) (DLMF 8.4.10; gamma.sql). #}
{% macro poisson_functions() -%}
    {{ return([
        {
            'name': 'poisson_pmf', 'parameters': ['k', 'mu'],
            'expression': 'case when mu >= 0e0 and k is not null then case
                when k < 0e0 or k <> floor(k) then 0e0
                when mu < 1e-280 then case when k = 0e0 then 1e0 else 0e0 end
                else stats.gamma_factor(greatest(k, 0e0) + 1e0, greatest(mu, 1e-280))
                    / greatest(mu, 1e-280)
            end end',
        },
        {
            'name': 'poisson_cdf', 'parameters': ['k', 'mu'],
            'expression': 'case
                when mu >= 0e0 and k >= 0e0 then stats.gamma_q(floor(k) + 1e0, mu)
                when mu >= 0e0 and k < 0e0 then 0e0
            end',
        },
        {
            'name': 'poisson_sf', 'parameters': ['k', 'mu'],
            'expression': 'case
                when mu >= 0e0 and k >= 0e0 then stats.gamma_p(floor(k) + 1e0, mu)
                when mu >= 0e0 and k < 0e0 then 1e0
            end',
        },
    ]) }}
{%- endmacro %}
