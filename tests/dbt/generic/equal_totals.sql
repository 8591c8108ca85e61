{# Two relations give the same totals: expression (an aggregate) here, compare_expression
   (default: the same) in compare_model, whole or by group_by columns that both have. tolerance
   is absolute (0.00 by default). #}
{% test equal_totals(
    model, compare_model, expression, compare_expression=none, group_by=[], where=none,
    compare_where=none, tolerance=0
) %}
{%- set group_by = [group_by] if group_by is string else group_by %}

with

here as (
    select
        {%- for column in group_by %}
        {{ column }},
        {%- endfor %}
        {{ expression }} as total
    from {{ model }}
    {%- if where %}
    where {{ where }}
    {%- endif %}
    {%- if group_by %}
    group by {{ group_by | join(', ') }}
    {%- endif %}
),

there as (
    select
        {%- for column in group_by %}
        {{ column }},
        {%- endfor %}
        {{ compare_expression or expression }} as total
    from {{ compare_model }}
    {%- if compare_where %}
    where {{ compare_where }}
    {%- endif %}
    {%- if group_by %}
    group by {{ group_by | join(', ') }}
    {%- endif %}
)

select
    {%- for column in group_by %}
    coalesce(here.{{ column }}, there.{{ column }}) as {{ column }},
    {%- endfor %}
    here.total as total_here,
    there.total as total_there
from here
full join there
    on {{ 'true' if not group_by }}
    {%- for column in group_by %}
    {{ 'and ' if not loop.first }}here.{{ column }} = there.{{ column }}
    {%- endfor %}
where abs(coalesce(here.total, 0) - coalesce(there.total, 0)) > {{ tolerance }}

{% endtest %}
