{# Two columns: the interval of a correlation r of n pairs, tanh(atanh(r) -+ z se), with se =
   1 / sqrt(n - 3) for Pearson's; for Spearman's it is sqrt((1 + r^2/2) / (n - 3)), without which
   the interval is too narrow. Null for n <= 3; r itself where r is 1 or -1.
     {{ fisher_z_interval('spearman_r', 'pair_count', kind='spearman') }}
   Sources: R. A. Fisher, Metron 1 (1921); Bonett and Wright, Psychometrika 65 (2000). #}
{% macro fisher_z_interval(
    r, n, low='ci_low', high='ci_high', kind='pearson', level=0.95
) -%}
    {%- set r, n = f8(r), f8(n) -%}
    {%- set unit = '1 + 0.5e0 * ' ~ r ~ ' * ' ~ r if kind == 'spearman' else '1e0' -%}
    {%- for name, sign in [(low, '-'), (high, '+')] -%}
        case
            when {{ n }} <= 3 then null
            when abs({{ r }}) >= 1 then {{ r }}
            else tanh(atanh({{ r }}) {{ sign }} {{ confidence_z(level) }} * sqrt(
                {{ ratio(unit, 'greatest(' ~ n ~ ' - 3, 0)') }}
            ))
        end as {{ name }}{{ ',
    ' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}
