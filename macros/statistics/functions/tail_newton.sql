{# What the quantiles share: a step of Halley's method for l, where ln(tail(l)) = ln(p). "tail" is
   the probability below l, "factor" its derivative and "slope" that of ln(factor). On the scales used
   (ln x, logit x) the densities are log-concave, so ln(tail) is concave, factor / tail >= slope, and
   the steps cannot run away: from the right they end left of the root, from the left they climb.
   Where the tail is too small for a double, "slope" stands for factor / tail, which it approaches. #}
{% macro tail_newton_functions() -%}
    {{ return([
        {
            'name': 'tail_newton_step', 'parameters': ['l', 'distance', 'hazard', 'slope'],
            'expression': 'l - distance
                / greatest(1e0 - 0.5e0 * distance * (slope - hazard), 0.5e0)',
        },
        {
            'name': 'tail_newton_distance', 'parameters': ['l', 'p', 'tail', 'hazard', 'slope'],
            'expression': 'stats.tail_newton_step(l, ln(tail / p) / hazard, hazard, slope)',
        },
        {
            'name': 'tail_newton', 'parameters': ['l', 'p', 'tail', 'factor', 'slope'],
            'expression': 'stats.tail_newton_distance(l, p, greatest(tail, 1e-300),
                greatest(factor / greatest(tail, 1e-300), slope, 1e-300), slope)',
            'once': true,
        },
    ]) }}
{%- endmacro %}

{# The text of four such steps: "step" is the function of one, whose first argument is the start or
   the step before, and "given" are the rest. DuckDB folds over a list instead, lest the text of the
   step be there four times. #}
{% macro tail_newton_steps(step, start, given) -%}
    {{ return(adapter.dispatch('tail_newton_steps', 'bullion')(step, start, given)) }}
{%- endmacro %}

{% macro default__tail_newton_steps(step, start, given) -%}
    {{ return((step ~ '(') * 4 ~ start ~ (', ' ~ given ~ ')') * 4) }}
{%- endmacro %}

{% macro duckdb__tail_newton_steps(step, start, given) -%}
    {{ return(
        'list_reduce([' ~ start ~ ', 0e0, 0e0, 0e0, 0e0], lambda reached, unused: '
        ~ step ~ '(reached, ' ~ given ~ '))'
    ) }}
{%- endmacro %}
