{# How many times the variance of independent rows a share has whose rows come in clusters (the
   attempts of one customer): what is known is as much as from n / design effect independent rows. From
   sums over the clusters c of their hits h and rows n,
     sum over c of (h_c - p n_c)^2 = sum(h^2) - 2 p sum(h n) + p^2 sum(n^2),
   times G / (G - 1) for G clusters, over n p (1 - p). At least 1: few clusters may happen to agree.
   1 where nothing varies or there is one cluster, of which nothing can be told.
     select channel, {{ cluster_sums('declined_count', 'attempt_count') }} from customers group by channel
     {{ design_effect('declined_count', 'attempt_count') }} as design_effect
   Sources: W. G. Cochran, Sampling Techniques (1977), 9.4; L. Kish, Survey Sampling (1965), 8.2. #}
{% macro design_effect(hits, n, prefix='') -%}
    {%- set share = ratio(hits, n) -%}
    {{ _design_effect(
        prefix ~ 'hits_hits - 2 * ' ~ share ~ ' * ' ~ prefix ~ 'hits_rows + ' ~ share ~ ' * ' ~ share
        ~ ' * ' ~ prefix ~ 'rows_rows',
        prefix ~ 'cluster_count',
        f8(hits) ~ ' * (1 - ' ~ share ~ ')'
    ) }}
{%- endmacro %}

{# Aggregate columns over clusters, one row each: what design_effect() reads. #}
{% macro cluster_sums(hits, n, prefix='') -%}
    sum({{ f8(hits) }} * {{ hits }}) as {{ prefix }}hits_hits,
    sum({{ f8(hits) }} * {{ n }}) as {{ prefix }}hits_rows,
    sum({{ f8(n) }} * {{ n }}) as {{ prefix }}rows_rows,
    count(case when {{ n }} > 0 then 1 end) as {{ prefix }}cluster_count
{%- endmacro %}

{# The design effect of a difference of two shares: squares_1 and squares_2 are the sums over
   clusters of residual^2, a cluster's hits less its rows times the share, cross that of the products of both
   residuals (of clusters that are in both groups), clusters how many there are in either. #}
{% macro difference_design_effect(
    hits_1, n_1, squares_1, hits_2, n_2, squares_2, cross, clusters
) -%}
    {%- set n1, n2 = f8(n_1), f8(n_2) -%}
    {%- set p1, p2 = ratio(hits_1, n_1), ratio(hits_2, n_2) -%}
    {{ _design_effect(
        ratio(squares_1, n1 ~ ' * ' ~ n1) ~ ' + ' ~ ratio(squares_2, n2 ~ ' * ' ~ n2) ~ ' - 2 * '
        ~ ratio(cross, n1 ~ ' * ' ~ n2),
        clusters,
        ratio(p1 ~ ' * (1 - ' ~ p1 ~ ')', n1) ~ ' + ' ~ ratio(p2 ~ ' * (1 - ' ~ p2 ~ ')', n2)
    ) }}
{%- endmacro %}

{# By how much Pearson's chi-square of equal shares is too large when rows come in clusters: its
   mean over its degrees of freedom. squares_over_rows is the sum over the groups of their
   residuals' squares over their rows, totals_squares the sum over clusters of the square of all
   their residuals. Divide the statistic by it (Rao and Scott's first correction); of two groups
   that is the robust test exactly. Source: Rao and Scott, Annals of Statistics 12 (1984). #}
{% macro chi_square_design_effect(
    squares_over_rows, totals_squares, hits, n, groups, clusters
) -%}
    {%- set share = ratio(hits, n) -%}
    {{ _design_effect(
        squares_over_rows ~ ' - ' ~ ratio(totals_squares, n),
        clusters,
        share ~ ' * (1 - ' ~ share ~ ') * (' ~ groups ~ ' - 1)'
    ) }}
{%- endmacro %}

{% macro _design_effect(clustered, clusters, independent) -%}
    greatest(coalesce({{ ratio(
        '(' ~ clustered ~ ') * ' ~ ratio(clusters, f8(clusters) ~ ' - 1'), independent
    ) }}, 1e0), 1e0)
{%- endmacro %}
