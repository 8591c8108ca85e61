{# A SQL expression holds for every row (a null counts as broken); where: the rows it speaks of. #}
{% test expression_is_true(model, expression, column_name=none, where=none) %}

select *
from {{ model }}
where not coalesce({{ column_name ~ ' ' if column_name }}{{ expression }}, false)
    {%- if where %}
    and ({{ where }})
    {%- endif %}

{% endtest %}
