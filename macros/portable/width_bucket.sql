{# Which of "count" equal parts of [low, high) a number falls in, from 1; 0 below, count + 1 from
   "high" on; null for null. Written out, since DuckDB has no such function and the others round in
   another order, so that a value on a bound would fall to either side. #}
{% macro width_bucket(expression, low, high, count) -%}
    case
        when {{ expression }} is null then null
        when {{ f8(expression) }} < {{ low }} then 0
        when {{ f8(expression) }} >= {{ high }} then {{ count }} + 1
        else least(
            cast(
                floor({{ count }} * (({{ f8(expression) }} - {{ f8(low) }}) / ({{ f8(high) }} - {{ f8(low) }})))
                as integer
            ) + 1,
            {{ count }}
        )
    end
{%- endmacro %}
