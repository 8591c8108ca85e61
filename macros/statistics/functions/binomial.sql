{# The binomial distribution of the hits among n trials with probability p each: binomial_pmf(k, n,
   p), binomial_cdf(k, n, p) = P(X <= k) and the upper tail binomial_sf(k, n, p) = P(X > k); n >= 0 whole,
   0 <= p <= 1, k any number (rounded down; 0 outside for the pmf of a k that is not whole).
   P(X > k) = I(p; k + 1, n - k) (DLMF 8.17.5; beta.sql); the pmf by Loader (2000). The exact (Clopper
   and Pearson) interval of k hits has the limits beta_quantile(0.025, k, n - k + 1) and
   beta_quantile(0.975, k + 1, n - k), with 0 where k = 0 and 1 where k = n. #}
{% macro binomial_functions() -%}
    {%- set valid = 'n >= 0e0 and n = floor(n) and p >= 0e0 and p <= 1e0' -%}
    {%- set x = 'least(greatest(p, 1e-140), 1e0)' -%}
    {%- set y = 'greatest(1e0 - ' ~ x ~ ', 1e-140)' -%}
    {{ return([
        {
            'name': 'binomial_pmf', 'parameters': ['k', 'n', 'p'],
            'expression': 'case when ' ~ valid ~ ' and k is not null then case
                when k < 0e0 or k > n or k <> floor(k) then 0e0
                when p = 0e0 then case when k = 0e0 then 1e0 else 0e0 end
                when p = 1e0 then case when k = n then 1e0 else 0e0 end
                else stats.beta_factor(greatest(least(k, n), 0e0) + 1e0,
                    greatest(n - greatest(k, 0e0), 0e0) + 1e0, ' ~ x ~ ', ' ~ y ~ ')
                    / ((greatest(n, 0e0) + 1e0) * ' ~ x ~ ' * ' ~ y ~ ')
            end end',
        },
        {
            'name': 'binomial_cdf', 'parameters': ['k', 'n', 'p'],
            'expression': 'case when ' ~ valid ~ ' and k is not null then case
                when k < 0e0 then 0e0
                when k >= n then 1e0
                else stats.beta_sf(p, floor(k) + 1e0, n - floor(k))
            end end',
        },
        {
            'name': 'binomial_sf', 'parameters': ['k', 'n', 'p'],
            'expression': 'case when ' ~ valid ~ ' and k is not null then case
                when k < 0e0 then 1e0
                when k >= n then 0e0
                else stats.beta_cdf(p, floor(k) + 1e0, n - floor(k))
            end end',
        },
    ]) }}
{%- endmacro %}
