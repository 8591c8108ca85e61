{# Columns <metric>_change_rate of a table with one row a period (period_rank 1 is the current one):
   how far the current figure is above that of the row's period, as a fraction. Null on the current
   row, where there was nothing, and where the row's period is not known: "known" is a condition on the
   row, or one for each of some metrics. The metrics come in before they are rounded. #}
{% macro change_rates(metrics, known={}) -%}
    {%- for metric in metrics %}
    {%- set condition = known.get(metric) if known is mapping else known %}
        case
            when period_rank > 1{{ ' and ' ~ condition if condition }}
                then {{ ratio('max(case when period_rank = 1 then ' ~ metric ~ ' end) over ()', metric) }} - 1
        end as {{ metric }}_change_rate{{ ',' if not loop.last }}
    {%- endfor %}
{%- endmacro %}
