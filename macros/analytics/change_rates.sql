{# Columns <metric>_change_rate of a table with one row a period (period_rank 1 is the current one):
   how far the current figure is above that of the row's period, as a fraction. Null on the current
   row and where there was nothing. #}
{% macro change_rates(metrics) -%}
    {%- for metric in metrics %}
        case
            when period_rank > 1
                then {{ ratio('max(case when period_rank = 1 then ' ~ metric ~ ' end) over ()', metric) }} - 1
        end as {{ metric }}_change_rate{{ ',' if not loop.last }}
    {%- endfor %}
{%- endmacro %}
