{# Two columns: the exact (Clopper and Pearson) interval of a share of "hits" among "n", beta
   quantiles of (h, n - h + 1) and (h + 1, n - h). Never too narrow, and for that wider than Wilson's.
     {{ exact_binomial_interval('fraud_count', 'transaction_count') }}
   Source: Clopper and Pearson, Biometrika 26 (1934). #}
{% macro exact_binomial_interval(hits, n, low='ci_low', high='ci_high', level=0.95) -%}
    {%- set h, n, stats = f8(hits), f8(n), stats_schema() -%}
    case
        when {{ n }} <= 0 then null
        when {{ h }} = 0 then 0e0
        else {{ stats }}.beta_quantile({{ (1 - level) / 2 }}, {{ h }}, {{ n }} - {{ h }} + 1)
    end as {{ low }},
    case
        when {{ n }} <= 0 then null
        when {{ h }} = {{ n }} then 1e0
        else {{ stats }}.beta_quantile({{ (1 + level) / 2 }}, {{ h }} + 1, {{ n }} - {{ h }})
    end as {{ high }}
{%- endmacro %}
