{# The CTE balance_bins (bin_number, lower_amount, upper_amount): bins of a balance's size, even on
   a log scale and with round edges: below 1, then from 1, 2, 5, 10, 20, 50 and so on; the last is
   open. Edges are whole numbers, so that every engine puts a balance in the same bin. #}
{% macro balance_bins(decades=9) -%}
{%- set edges = [0] -%}
{%- for decade in range(decades) -%}
    {%- for step in [1, 2, 5] -%}{%- do edges.append(step * 10 ** decade) -%}{%- endfor -%}
{%- endfor -%}
balance_bins as (
    select
        bin_number,
        cast(lower_amount as decimal(18, 3)) as lower_amount,
        cast(upper_amount as decimal(18, 3)) as upper_amount
    from (
        values
        {%- for edge in edges %}
        ({{ loop.index0 }}, {{ edge }}, {{ edges[loop.index] | default('null') }})
        {{- ',' if not loop.last }}
        {%- endfor %}
    ) as edges (bin_number, lower_amount, upper_amount)
)
{%- endmacro %}
