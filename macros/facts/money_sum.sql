{# The sum of money over the rows where a condition holds, 0.00 when there are none. #}
{% macro money_sum(condition, amount) -%}
    cast(coalesce(sum({{ amount }}) filter (where {{ condition }}), 0) as decimal(18, 3))
{%- endmacro %}
