{# Two columns: the exact (Garwood) interval of a rate, events per exposure. Its limits are the
   means at which that many events or more, or that many or fewer, have the chance (1 - level)/2: gamma
   quantiles of k and k + 1. Null without exposure; starts at 0 for no event.
     {{ exact_poisson_interval('churn_count', 'customer_months') }}
   Source: F. Garwood, Biometrika 28 (1936). #}
{% macro exact_poisson_interval(
    events, exposure='1', low='ci_low', high='ci_high', level=0.95
) -%}
    {%- set k, stats = f8(events), stats_schema() -%}
    case
        when {{ k }} > 0 then {{ ratio(
            stats ~ '.gamma_quantile(' ~ (1 - level) / 2 ~ ', ' ~ k ~ ')', exposure
        ) }}
        when {{ k }} = 0 then {{ ratio('0', exposure) }}
    end as {{ low }},
    {{ ratio(stats ~ '.gamma_quantile(' ~ (1 + level) / 2 ~ ', ' ~ k ~ ' + 1)', exposure) }}
        as {{ high }}
{%- endmacro %}
