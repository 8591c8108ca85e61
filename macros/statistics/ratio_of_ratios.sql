{# A query of one row: the log of a product of sums over a product of sums, each sum over all rows
   of relation, as in (treated after / treated before) / (control after / control before):
     numerators   ['treated_after', 'control_before']
     denominators ['treated_before', 'control_after']
   Columns: estimate (the log), ratio, standard_error (of the log), statistic, p_value of ratio 1,
   ci_low, ci_high (95 %, of the log), cluster_count. Null where a sum is not above zero or there is
   one cluster. Rows of one cluster (a customer) may depend on each other in any way; a row that is
   on one side only has 0 on the other.
   The standard error is that of the summed influence values (ratio_of_ratios_influence), which is the
   delta method: sqrt(G/(G - 1) sum of squares). It equals the clustered error of the interaction in
   a Poisson regression with the four cells as dummies.
     lift as ({{ ratio_of_ratios('windows', 'customer_id', ['a1', 'b0'], ['a0', 'b1']) }})
   Source: F. R. Hampel, JASA 69 (1974), for influence values; Liang and Zeger, Biometrika 73 (1986). #}
{% macro ratio_of_ratios(relation, cluster, numerators, denominators) -%}
    {%- set stats = stats_schema() -%}
    select
        estimate,
        exp(estimate) as ratio,
        standard_error,
        statistic,
        {{ p_value('2e0 * ' ~ stats ~ '.normal_sf(abs(statistic))') }} as p_value,
        estimate - {{ confidence_z(0.95) }} * standard_error as ci_low,
        estimate + {{ confidence_z(0.95) }} * standard_error as ci_high,
        cluster_count
    from (
        select
            estimates.*,
            {{ ratio('estimate', 'standard_error') }} as statistic
        from (
            select
                max(estimate) as estimate,
                case when count(influence) > 1 then sqrt(
                    {{ ratio('count(influence)', 'count(influence) - 1') }} * sum(influence * influence)
                ) end as standard_error,
                count(*) as cluster_count
            from ({{ ratio_of_ratios_influence(relation, cluster, numerators, denominators) }}) as influences
        ) as estimates
    ) as tested
{%- endmacro %}
