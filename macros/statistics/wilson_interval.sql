{# Two columns: Wilson's score interval of a share of "hits" among "n",
     (h + z^2/2 -+ z sqrt(h (n - h) / n + z^2/4)) / (n + z^2).
   It keeps to 0..1 and is right for small n and rare hits, where the usual one is not; exactly 0 for
   no hit, 1 for nothing but hits, null for n = 0.
     {{ wilson_interval('churned_count', 'customer_count') }}
   Source: E. B. Wilson, JASA 22 (1927); Brown, Cai and DasGupta, Stat. Sci. 16 (2001). #}
{% macro wilson_interval(hits, n, low='ci_low', high='ci_high', level=0.95) -%}
    {{ wilson_limit(hits, n, '-', level) }} as {{ low }},
    {{ wilson_limit(hits, n, '+', level) }} as {{ high }}
{%- endmacro %}

{# One limit; sign - or +. #}
{% macro wilson_limit(hits, n, sign, level=0.95) -%}
    {%- set h, n, z = f8(hits), f8(n), confidence_z(level) -%}
    case
        when {{ n }} <= 0 then null
        when {{ h }} = {{ '0' if sign == '-' else n }} then {{ f8('0' if sign == '-' else '1') }}
        else {{ ratio(
            h ~ ' + ' ~ z ~ ' * ' ~ z ~ ' * 0.5e0 ' ~ sign ~ ' ' ~ z ~ ' * sqrt('
                ~ ratio(h ~ ' * (' ~ n ~ ' - ' ~ h ~ ')', n) ~ ' + ' ~ z ~ ' * ' ~ z ~ ' * 0.25e0)',
            n ~ ' + ' ~ z ~ ' * ' ~ z
        ) }}
    end
{%- endmacro %}
