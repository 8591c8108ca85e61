{# A query of one row a cluster (cluster_id): its influence on the log ratio of ratios, the share
   that the cluster has in each sum, those of numerators less those of denominators; and the log itself
   (estimate, on every row alike). Null where a sum is not above zero. Influences of several
   estimates may be added up by cluster, since what happens to one customer counts in all of
   them. Arguments as in ratio_of_ratios. #}
{% macro ratio_of_ratios_influence(relation, cluster, numerators, denominators) -%}
    {%- set parts, logs, positive = [], [], [] -%}
    {%- for name in numerators + denominators -%}
        {%- set sign = ' + ' if loop.index <= numerators | length else ' - ' -%}
        {%- set total = 'case when total_' ~ loop.index ~ ' > 0 then total_' ~ loop.index ~ ' end' -%}
        {%- do parts.append(sign ~ ratio('part_' ~ loop.index, total)) -%}
        {%- do logs.append(sign ~ 'ln(' ~ total ~ ')') -%}
        {%- do positive.append('total_' ~ loop.index ~ ' > 0') -%}
    {%- endfor %}
    select
        cluster_id,
        case when {{ positive | join(' and ') }} then 0e0{{ parts | join('') }} end as influence,
        case when {{ positive | join(' and ') }} then 0e0{{ logs | join('') }} end as estimate
    from (
        select
            clusters.*,
            {%- for name in numerators + denominators %}
            sum(part_{{ loop.index }}) over () as total_{{ loop.index }}{{ ',' if not loop.last }}
            {%- endfor %}
        from (
            select
                {{ cluster }} as cluster_id,
                {%- for name in numerators + denominators %}
                sum({{ f8(name) }}) as part_{{ loop.index }}{{ ',' if not loop.last }}
                {%- endfor %}
            from {{ relation }}
            group by {{ cluster }}
        ) as clusters
    ) as totals
{%- endmacro %}
