{# The parts of newton_regression(): a cell of a symmetric matrix of which the upper half is
   kept. #}
{% macro newton_cell(name, i, j) -%}{{ name }}{{ [i, j] | min }}_{{ [i, j] | max }}{%- endmacro %}

{# The end of a subquery whose expressions PostgreSQL shall not write out anew wherever they are
   used. #}
{% macro optimisation_fence() -%}offset 0{%- endmacro %}

{# The intercept of the model without predictors, from which the passes start. #}
{% macro newton_start(family) -%}
    {%- if family == 'poisson' -%}
        ln({{ ratio('sum(y) + 0.5e0', 'sum(exp(o))') }})
    {%- elif family == 'logit' -%}
        ln({{ ratio('sum(y) + 0.5e0', 'sum(n - y) + 0.5e0') }}) - avg({{ f8('o') }})
    {%- else -%}
        ln(-ln({{ ratio('sum(n - y) + 0.5e0', 'sum(n) + 1e0') }})) - avg({{ f8('o') }})
    {%- endif -%}
{%- endmacro %}

{# Each row with its standardised predictors z, weight w (information), score e (of the linear
   predictor) and v, the sum of its cases' squared scores. #}
{% macro newton_scores(family, size, coefficients, state, key=none) -%}
    select
        z0{% for i in range(1, size) %}, z{{ i }}{% endfor %},
        {%- if family == 'poisson' %}
        mu as w,
        y - mu as e,
        (y - mu) * (y - mu) as v
        {%- elif family == 'logit' %}
        n * mu * (1 - mu) as w,
        y - n * mu as e,
        y * (1 - mu) * (1 - mu) + (n - y) * mu * mu as v
        {%- else %}
        n * rate * rate * {{ ratio('1 - mu', 'mu') }} as w,
        (y - n * mu) * {{ ratio('rate', 'mu') }} as e,
        (y * (1 - mu) * (1 - mu) + (n - y) * mu * mu)
            * {{ ratio('rate', 'mu') }} * {{ ratio('rate', 'mu') }} as v
        {%- endif %}
        {%- if key %}, {{ key }}{% endif %}
        {%- for name in state %}, {{ name }}{% endfor %}
    from (
        select
            predicted.*,
            {%- if family == 'poisson' %}
            exp(eta) as mu
            {%- elif family == 'logit' %}
            {{ ratio('1', '1 + exp(-eta)') }} as mu
            {%- else %}
            exp(eta) as rate,
            {#- 1 - exp(-rate), with all digits of a small rate. #}
            2 * {{ ratio('tanh(0.5e0 * exp(eta))', '1 + tanh(0.5e0 * exp(eta))') }} as mu
            {%- endif %}
        from (
            select
                standardised.*,
                greatest(least(
                    o{% for i in range(size) %} + c{{ i }} * z{{ i }}{% endfor %},
                    {{ '3e1' if family == 'logit' else '3e0' if family == 'cloglog' else '1e2' }}
                ), {{ '-3e1' if family == 'logit' else '-1e2' }}) as eta
            from (
                select
                    nr_rows.*,
                    1e0 as z0
                    {%- for i in range(1, size) %},
                    {{ ratio('x' ~ i ~ ' - m' ~ i, 's' ~ i) }} as z{{ i }}
                    {%- endfor %}
                    {%- for name in state %}, {{ name }}{% endfor %}
                from nr_rows
                cross join {{ coefficients }}
                {{ optimisation_fence() }}
            ) as standardised
            {{ optimisation_fence() }}
        ) as predicted
        {{ optimisation_fence() }}
    ) as expected
    {{ optimisation_fence() }}
{%- endmacro %}

{# Sums of a pass: the information matrix a, its diagonal once more as t, the gradient g. #}
{% macro newton_sums(family, size) -%}
    {%- for i in range(size) %}
    {%- for j in range(i, size) %}
    sum(w * z{{ i }} * z{{ j }}) as a{{ i }}_{{ j }},
    {%- endfor %}
    sum(w * z{{ i }} * z{{ i }}) as t{{ i }},
    sum(e * z{{ i }}) as g{{ i }}{{ ',' if not loop.last }}
    {%- endfor %}
{%- endmacro %}

{# CTEs that sweep the matrix on each of its columns: a becomes less its inverse, g the solution. A
   pivot that has lost all but 1e-8 of its column is refused. #}
{% macro newton_sweeps(source, result, size, carried) -%}
    {%- for q in range(size) %}
    {%- set from_name = source if loop.first else result ~ '_' ~ (q - 1) %}
    {%- set divisor = 'case when ' ~ newton_cell('a', q, q) ~ ' > 1e-8 * t' ~ q ~ ' then '
        ~ newton_cell('a', q, q) ~ ' end' %}

    {{ result if loop.last else result ~ '_' ~ q }} {{ as_held() }} (
        select
            {%- for i in range(size) %}
            {%- for j in range(i, size) %}
            {% if i == q and j == q -%} -{{ ratio('1', 'divisor') }}
            {%- elif i == q or j == q -%} {{ ratio(newton_cell('a', i, j), 'divisor') }}
            {%- else -%} a{{ i }}_{{ j }}
                - {{ newton_cell('a', i, q) }} * {{ ratio(newton_cell('a', j, q), 'divisor') }}
            {%- endif %} as a{{ i }}_{{ j }},
            {%- endfor %}
            {% if i == q -%} {{ ratio('g' ~ q, 'divisor') }}
            {%- else -%} g{{ i }} - {{ newton_cell('a', i, q) }} * {{ ratio('g' ~ q, 'divisor') }}
            {%- endif %} as g{{ i }},
            t{{ i }},
            {%- endfor %}
            {{ carried | join(', ') }}
        from (
            select {{ from_name }}.*, {{ divisor }} as divisor from {{ from_name }}
            {{ optimisation_fence() }}
        ) as checked
        {{ optimisation_fence() }}
    ),
    {%- endfor %}
{%- endmacro %}
