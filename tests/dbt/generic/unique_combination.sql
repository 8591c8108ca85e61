{# No two rows agree in all the columns given. #}
{% test unique_combination(model, columns, where=none) %}
{%- if columns is string or columns | length < 2 -%}
    {{ exceptions.raise_compiler_error(
        "unique_combination: columns must be a list of two or more; for one column use unique."
    ) }}
{%- endif %}

select
    {{ columns | join(', ') }},
    count(*) as row_count
from {{ model }}
{%- if where %}
where {{ where }}
{%- endif %}
group by {{ columns | join(', ') }}
having count(*) > 1

{% endtest %}
