{# The logarithm of the chance that among "hits" of "total" cases, k fall into a group of "size":
   ln [ C(size, k) C(total - size, hits - k) / C(total, hits) ], what Fisher's exact test adds up. #}
{% macro ln_hypergeometric(k, size, hits, total) -%}
    {{ ln_choose(size, k) }}
    + {{ ln_choose(total ~ ' - ' ~ size, hits ~ ' - ' ~ k) }}
    - ({{ ln_choose(total, hits) }})
{%- endmacro %}

{% macro ln_choose(n, k) -%}
    {%- set ln_gamma = stats_schema() ~ '.ln_gamma' -%}
    {{ ln_gamma }}({{ f8(n ~ ' + 1') }})
    - {{ ln_gamma }}({{ f8(k ~ ' + 1') }})
    - {{ ln_gamma }}({{ f8('(' ~ n ~ ') - (' ~ k ~ ') + 1') }})
{%- endmacro %}
