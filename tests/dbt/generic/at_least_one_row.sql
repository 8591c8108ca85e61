{# The relation holds a row at least (that meets the condition, where one is given). #}
{% test at_least_one_row(model, where=none) %}

select row_count
from (
    select count(*) as row_count
    from {{ model }}
    {%- if where %}
    where {{ where }}
    {%- endif %}
) as counted
where row_count = 0

{% endtest %}
