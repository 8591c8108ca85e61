{# A query that gives quantiles of a relation's values, to be set against those of a distribution in
   a Q-Q plot: a row per group and point_number with value_count, probability and sample_value, the
   smallest value up to which that share of the values lies.
   Probabilities are even on the logit scale, p = 1 / (1 + exp(-k / 5)): as close in the tails, where
   distributions part, as in the middle, and a value knows by a logarithm which of them it is.
   They end where less than half a value lies beyond. Which of equal values comes first is all one.
     points as ({{ quantile_points('deviations', ['transaction_type'], 'deviation') }}) #}
{% macro quantile_points(relation, group_by, value) -%}
    {%- set probability = ratio(1, '1 + exp(-0.2e0 * points.n)') %}
    select
        {%- for column in group_by %}
        spans.{{ column }},
        {%- endfor %}
        points.n as point_number,
        spans.value_count,
        {{ probability }} as probability,
        spans.sample_value
    from (
        select
            {%- for column in group_by %}
            {{ column }},
            {%- endfor %}
            {{ value }} as sample_value,
            value_count,
            case
                when place > 1
                    then floor(5e0 * ln(abs({{ ratio('place - 1', 'value_count - place + 1') }}))) + 1
                else -70
            end as first_point,
            case
                when place < value_count
                    then floor(5e0 * ln(abs({{ ratio('place', 'value_count - place') }})))
                else 70
            end as last_point
        from (
            select
                {%- for column in group_by %}
                {{ column }},
                {%- endfor %}
                {{ value }},
                count(*) over (partition by {{ group_by | join(', ') }}) as value_count,
                row_number() over (
                    partition by {{ group_by | join(', ') }} order by {{ value }}
                ) as place
            from {{ relation }}
            where {{ value }} is not null
        ) as placed
    ) as spans
    inner join {{ int_series(-70, 70) }} as points
        on points.n >= spans.first_point and points.n <= spans.last_point
    where spans.first_point <= spans.last_point
        and spans.value_count * least({{ probability }}, 1 - {{ probability }}) >= 0.5
{%- endmacro %}
