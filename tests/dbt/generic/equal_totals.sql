{# A relation gives the same totals as others, one test a model. comparisons: of each compare_model;
   totals: name -> an aggregate, the same of both, or {here: that, there: its other one}; group_by:
   columns that both have (default: none); where, compare_where: rows here and there; tolerance:
   absolute (default: none). Returns the totals that differ, by group. #}
{% test equal_totals(model, comparisons) %}
with

{% for pair in comparisons -%}
    {%- set number = loop.index -%}
    {%- for side, relation, where in [
        ('here', model, pair.where), ('there', pair.compare_model, pair.compare_where)
    ] %}
{{ side }}_{{ number }} as (
    select
        {%- for column in pair.group_by or [] %}
        {{ column }},
        {%- endfor %}
        {%- for total in pair.totals.values() %}
        {{ total[side] if total is mapping else total }} as total_{{ loop.index }}
        {{- ',' if not loop.last }}
        {%- endfor %}
    from {{ relation }}
    {%- if where %}
    where {{ where }}
    {%- endif %}
    {%- if pair.group_by %}
    group by {{ pair.group_by | join(', ') }}
    {%- endif %}
),
    {% endfor -%}
{%- endfor %}

different as (
    {%- for pair in comparisons %}
    {%- set number = loop.index -%}
    {%- set first = loop.first -%}
    {%- set groups = [] -%}
    {%- for column in pair.group_by or [] -%}
        {%- do groups.append('coalesce(here.' ~ column ~ ', there.' ~ column ~ ')') -%}
    {%- endfor -%}
    {%- for name in pair.totals %}
    {{ 'union all' if not (first and loop.first) }}
    select
        {{ quoted([name]) }} as promise,
        {{ row_label(groups) }} as example,
        cast(here.total_{{ loop.index }} as {{ text_type() }}) as total_here,
        cast(there.total_{{ loop.index }} as {{ text_type() }}) as total_there
    from here_{{ number }} as here
    full join there_{{ number }} as there
        on {{ 'true' if not groups }}
        {%- for column in pair.group_by or [] %}
        {{ 'and ' if not loop.first }}here.{{ column }} = there.{{ column }}
        {%- endfor %}
    where abs(coalesce(here.total_{{ loop.index }}, 0) - coalesce(there.total_{{ loop.index }}, 0))
        > {{ pair.tolerance or 0 }}
    {%- endfor %}
    {%- endfor %}
)

select * from different
{% endtest %}
