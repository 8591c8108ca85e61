{# Aggregate columns: how many values there are, and their second, third and fourth moments about
   the mean. "deviation" is a value less the mean of all, which is taken in a CTE before: sums of powers of
   the values themselves would lose their digits. Nulls count nowhere; of values that are all the same
   the moments are null. What normality_tests() reads. #}
{% macro central_moments(deviation, prefix='') -%}
    {%- set varies = 'max(' ~ deviation ~ ') > min(' ~ deviation ~ ')' -%}
    count({{ deviation }}) as {{ prefix }}value_count,
    {%- for power in [2, 3, 4] %}
        case when {{ varies }} then avg({{ f8(([deviation] * power) | join(' * ')) }}) end
            as {{ prefix }}moment_{{ power }}{{ ',' if not loop.last }}
    {%- endfor %}
{%- endmacro %}
