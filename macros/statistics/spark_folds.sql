{# What Spark does by folding over an array, so that a step is written down once. #}

{% macro spark__tail_newton_steps(step, start, given) -%}
    {{ return(
        'aggregate(sequence(1, 4), cast(' ~ start ~ ' as double), (reached, unused) -> '
        ~ step ~ '(reached, ' ~ given ~ '))'
    ) }}
{%- endmacro %}

{# Spark analyses each level of a query many times and ends in a stack overflow at a hundred of
   them, so there the columns' sweeps are a fold over one array: the whole matrix row by row, each
   row with its cell of the gradient behind. #}
{% macro spark__newton_sweeps(source, result, size, carried) -%}
    {%- set width = size + 1 -%}
    {%- set cells = [] -%}
    {%- set traces = [] -%}
    {%- for i in range(size) -%}
        {%- for j in range(size) -%}{%- do cells.append(newton_cell('a', i, j)) -%}{%- endfor -%}
        {%- do cells.append('g' ~ i) -%}
        {%- do traces.append('t' ~ i) -%}
    {%- endfor %}

    {{ result }} as (
        select
            {%- for i in range(size) %}
            {%- for j in range(i, size) %}
            swept[{{ i * width + j }}] as a{{ i }}_{{ j }},
            {%- endfor %}
            swept[{{ i * width + size }}] as g{{ i }},
            t{{ i }},
            {%- endfor %}
            {{ carried | join(', ') }}
        from (
            select
                *,
                aggregate(
                    sequence(0, {{ size - 1 }}),
                    array({{ cells | join(', ') }}),
                    (matrix, q) -> transform(
                        array(case
                            when matrix[q * {{ width + 1 }}] > 1e-8 * array({{ traces | join(', ') }})[q]
                                then matrix[q * {{ width + 1 }}]
                        end),
                        divisor -> transform(matrix, (cell, k) -> case
                            when k = q * {{ width + 1 }} then -1e0 / divisor
                            when k div {{ width }} = q or k % {{ width }} = q then cell / divisor
                            else cell - matrix[k - k % {{ width }} + q]
                                * matrix[q * {{ width }} + k % {{ width }}] / divisor
                        end)
                    )[0]
                ) as swept
            from {{ source }}
        ) as folded
    ),
{%- endmacro %}
