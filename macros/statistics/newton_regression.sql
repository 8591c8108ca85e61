{# A query of a generalised linear model fitted by maximum likelihood: Newton's method (Fisher
   scoring), "passes" weighted least squares, unrolled. Rows of the relation may be single cases or
   groups of equal covariates. A row for each term, the intercept first: term_number, term, estimate,
   standard_error, statistic (z), p_value, ci_low, ci_high, row_count, and last_step, the largest
   change of a standardised coefficient in the last pass (near 0: converged).
     family       logit or cloglog: "y" hits of "n" trials; poisson: "y" events, log link
     predictors   column names or expressions over the relation
     offset       added to the linear predictor, such as the logarithm of exposure
     errors       model: from the expected information; robust: the sandwich with that for bread
                  (HC0; each trial of a group is a case of its own); a column: the sandwich of sums
                  over its clusters
   Predictors are centred and scaled first. A column that the others explain to within 1e-8, or that
   is constant, is refused: every estimate is null, and nothing is divided by. A row with a null is
   left out. One step's row holds all that the next needs, so each is read once.
     {{ newton_regression('decided', 'logit', ['score', 'dti'], y='approved', n='applications') }}
   Sources: McCullagh and Nelder, Generalized Linear Models (1989); J. H. Goodnight, A tutorial on
   the SWEEP operator (1979); H. White, Econometrica 48 (1980). Equal to statsmodels to nine digits. #}
{% macro newton_regression(
    relation, family, predictors, y, n='1', offset='0', errors='model', passes=8, level=0.95
) -%}
    {%- set size = predictors | length + 1 -%}
    {%- set clustered = errors not in ['model', 'robust'] -%}
    {%- set state = [] -%}
    {%- for i in range(1, size) -%}
        {%- do state.extend(['m' ~ i, 's' ~ i]) -%}
    {%- endfor -%}
    {%- for i in range(size) -%}{%- do state.append('c' ~ i) -%}{%- endfor -%}
    with nr_rows {{ as_held() }} (
        select
            {%- for predictor in predictors %}
            {{ f8(predictor) }} as x{{ loop.index }},
            {%- endfor %}
            {{ f8(y) }} as y,
            {{ f8(n) }} as n,
            {{ f8(offset) }} as o
            {%- if clustered %}, {{ errors }} as cluster_key{% endif %}
        from {{ relation }}
        where {{ (predictors + [y, n, offset]) | join(' is not null and ') }} is not null
    ),

    nr_pass_0 {{ as_held() }} (
        select
            {%- for i in range(1, size) %}
            avg({{ f8('x' ~ i) }}) as m{{ i }},
            nullif(stddev_pop(x{{ i }}), 0) as s{{ i }},
            {%- endfor %}
            {{ newton_start(family) }} as c0
            {%- for i in range(1, size) %}, 0e0 as c{{ i }}{% endfor %}
        from nr_rows
    ),
    {%- for pass in range(1, passes + 1) %}

    nr_sums_{{ pass }} {{ as_held() }} (
        select
            {{ newton_sums(family, size) }}
            {%- for name in state %}, max({{ name }}) as {{ name }}{% endfor %}
        from ({{ newton_scores(family, size, 'nr_pass_' ~ (pass - 1), state) }}) as scored
    ),
    {{ newton_sweeps('nr_sums_' ~ pass, 'nr_swept_' ~ pass, size, state) }}

    nr_pass_{{ pass }} {{ as_held() }} (
        select
            {%- for i in range(1, size) %} m{{ i }}, s{{ i }},{% endfor %}
            {%- for i in range(size) %} c{{ i }} + g{{ i }} as c{{ i }},{% endfor %}
            greatest({% for i in range(size) %}abs(g{{ i }}){{ ', ' if not loop.last }}{% endfor %}
                {{- ', 0e0' if size == 1 }}) as last_step
        from nr_swept_{{ pass }}
    ),
    {%- endfor %}
    {%- do state.append('last_step') %}

    nr_scored {{ as_held() }} (
        {{ newton_scores(family, size, 'nr_pass_' ~ passes, state, 'cluster_key' if clustered) }}
    ),
    {%- if clustered %}

    nr_clusters {{ as_held() }} (
        select
            {{ newton_sums(family, size) }},
            count(*) as row_count
            {%- for i in range(size) %}, sum(e * z{{ i }}) as u{{ i }}{% endfor %}
            {%- for name in state %}, max({{ name }}) as {{ name }}{% endfor %}
        from nr_scored
        group by cluster_key
    ),
    {%- endif %}

    nr_information {{ as_held() }} (
        select
            {%- for i in range(size) %}
            {%- for j in range(i, size) %}
            {%- if clustered %}
            sum(a{{ i }}_{{ j }}) as a{{ i }}_{{ j }}, sum(u{{ i }} * u{{ j }}) as v{{ i }}_{{ j }},
            {%- else %}
            sum(w * z{{ i }} * z{{ j }}) as a{{ i }}_{{ j }},
            sum(v * z{{ i }} * z{{ j }}) as v{{ i }}_{{ j }},
            {%- endif %}
            {%- endfor %}
            {%- endfor %}
            {%- for i in range(size) %}
            {{ 'sum(t' ~ i ~ ')' if clustered else 'sum(w * z' ~ i ~ ' * z' ~ i ~ ')' }} as t{{ i }},
            0e0 as g{{ i }},
            {%- endfor %}
            {{ 'sum(row_count)' if clustered else 'count(*)' }} as row_count
            {%- for name in state %}, max({{ name }}) as {{ name }}{% endfor %}
        from {{ 'nr_clusters' if clustered else 'nr_scored' }}
    ),
    {%- set carried = state + ['row_count'] -%}
    {%- for i in range(size) -%}{%- for j in range(i, size) -%}
        {%- do carried.append('v' ~ i ~ '_' ~ j) -%}
    {%- endfor -%}{%- endfor %}
    {{ newton_sweeps('nr_information', 'nr_inverse', size, carried) }}

    {#- Back on the predictors' own scale: slope c/s; intercept c0 - sum(c m / s). -#}
    {%- set loadings = [] -%}
    {%- for i in range(size) -%}
        {%- set loading = ['1e0' if i == 0 else '0e0'] -%}
        {%- for j in range(1, size) -%}
            {%- do loading.append(
                '(-' ~ ratio('m' ~ j, 's' ~ j) ~ ')' if i == 0
                else ratio('1', 's' ~ j) if i == j else '0e0'
            ) -%}
        {%- endfor -%}
        {%- do loadings.append(loading) -%}
    {%- endfor %}

    nr_loaded {{ as_held() }} (
        select
            {%- for i in range(size) %}
            {% for j in range(size) if loadings[i][j] != '0e0' -%}
                {{ loadings[i][j] }} * c{{ j }}{{ ' + ' if not loop.last }}
            {%- endfor %} as estimate_{{ i }},
            {%- for j in range(size) %}
            {% for l in range(size) if loadings[i][l] != '0e0' -%}
                -{{ loadings[i][l] }} * {{ newton_cell('a', l, j) }}
            {%- endfor %} as q{{ i }}_{{ j }},
            {%- endfor %}
            {%- endfor %}
            {%- for i in range(1, size) %} m{{ i }}, s{{ i }},{% endfor %}
            {%- for name in carried if name[0] == 'v' %} {{ name }},{% endfor %}
            row_count,
            last_step
        from nr_inverse
        {{ optimisation_fence() }}
    ),

    nr_errors {{ as_held() }} (
        select
            {%- for i in range(size) %}
            estimate_{{ i }},
            {%- if errors == 'model' %}
            {% for j in range(size) if loadings[i][j] != '0e0' -%}
                {{ loadings[i][j] }} * q{{ i }}_{{ j }}{{ ' + ' if not loop.last }}
            {%- endfor %} as variance_{{ i }},
            {%- else %}
            {% for j in range(size) -%}
                {%- for l in range(size) -%}
                    q{{ i }}_{{ j }} * {{ newton_cell('v', j, l) }} * q{{ i }}_{{ l }}
                    {{- ' + ' if not loop.last }}
                {%- endfor -%}
                {{ ' + ' if not loop.last }}
            {%- endfor %} as variance_{{ i }},
            {%- endif %}
            {%- endfor %}
            row_count,
            last_step
        from nr_loaded
    ),

    nr_terms {{ as_held() }} (
        select
            terms.n as term_number,
            case terms.n
                when 0 then 'intercept'
                {%- for predictor in predictors %}
                when {{ loop.index }} then '{{ predictor | replace("'", "''") }}'
                {%- endfor %}
            end as term,
            case terms.n
                {%- for i in range(size) %} when {{ i }} then estimate_{{ i }}{% endfor %} end
                as estimate,
            sqrt(greatest(case terms.n
                {%- for i in range(size) %} when {{ i }} then variance_{{ i }}{% endfor %} end, 0e0))
                as standard_error,
            row_count,
            last_step
        from nr_errors
        cross join {{ int_series(0, size - 1) }} as terms
    )

    select
        term_number,
        term,
        estimate,
        case when estimate is not null then standard_error end as standard_error,
        {{ ratio('estimate', 'standard_error') }} as statistic,
        {{ p_value(
            '2 * ' ~ stats_schema() ~ '.normal_sf(abs(' ~ ratio('estimate', 'standard_error') ~ '))'
        ) }} as p_value,
        estimate - {{ confidence_z(level) }} * standard_error as ci_low,
        estimate + {{ confidence_z(level) }} * standard_error as ci_high,
        row_count,
        last_step
    from nr_terms
{%- endmacro %}
