{# Shares (a column of fractions) add up to 1, over the whole relation or in each group; where all
   of them are null there was nothing to share. #}
{% test shares_add_up(model, share, group_by=[]) %}
{%- set group_by = [group_by] if group_by is string else group_by %}

select
    {%- for column in group_by %}
    {{ column }},
    {%- endfor %}
    sum({{ share }}) as total
from {{ model }}
{%- if group_by %}
group by {{ group_by | join(', ') }}
{%- endif %}
having abs(sum({{ share }}) - 1) > 1e-9

{% endtest %}
