{# A query of one row a term, the intercept first: least squares of outcome on several predictors.
     term_number, term    0 and 'intercept', then the predictors
     estimate, standard_error, statistic, degrees_of_freedom, p_value, ci_low, ci_high (95 %)
     partial_r_squared    t^2 / (t^2 + residual degrees of freedom), classical t; null: intercept
     is_refused           the predictor is (nearly) a combination of those before it
     row_count, r_squared, residual_variance
   relation: a table or CTE; outcome, predictors: its numeric columns; weight: a column > 0, as in
   weighted least squares; errors: 'classical', 'robust' (HC1) or 'cluster' (then cluster: a
   column). Rows with a null among them are left out; where none is left there is no row. The
   relation is read two times, three for other errors: let it be a table where that matters.

   Columns are centred and scaled before the cross products are summed in one aggregate row, so that
   a score of 700 beside a share of 0.3 costs no digits; the correlation matrix is then swept, one
   pivot a step. A pivot is 1 - R^2 of its column on those before it: under the tolerance the column
   is refused, its estimate is null and the others are those without it; nothing is divided by it.
   "offset 0" keeps an engine from writing the steps into each other, four times larger each.

   Degrees of freedom: rows less terms; of clustered errors clusters less 1. HC1 is n/(n - k), the
   clusters' factor G/(G - 1) (n - 1)/(n - k).
     effects as ({{ gram_sweep('rated', 'rating', ['wait', 'resolved'], errors='robust') }})
   Sources: J. H. Goodnight, A Tutorial on the SWEEP Operator, The American Statistician 33 (1979);
   MacKinnon and White, Journal of Econometrics 29 (1985); Liang and Zeger, Biometrika 73 (1986). #}
{% macro gram_sweep(
    relation, outcome, predictors, weight=none, errors='classical', cluster=none, tolerance='1e-8'
) -%}
    {%- if errors not in ['classical', 'robust', 'cluster'] or (errors == 'cluster') != (cluster is not none) -%}
        {%- do exceptions.raise_compiler_error(
            "gram_sweep: errors is 'classical', 'robust' or, with the column cluster, 'cluster'."
        ) -%}
    {%- endif -%}
    {%- set stats = stats_schema() -%}
    {%- set p = predictors | length -%}
    {%- set k = range(1, p + 1) | list -%}
    {%- set with_outcome = k + [p + 1] -%}
    {%- set with_intercept = [0] + k -%}
    {%- set source -%}
        select
            {%- for name in predictors %}
            {{ f8(name) }} as x{{ loop.index }},
            {%- endfor %}
            {{ f8(outcome) }} as x{{ p + 1 }},
            {%- if cluster %}
            {{ cluster }} as cluster_id,
            {%- endif %}
            {{ f8(weight) if weight else '1e0' }} as w
        from {{ relation }}
        where {{ outcome }} is not null
            {%- for name in predictors %}
            and {{ name }} is not null
            {%- endfor %}
            {%- if weight %}
            and {{ weight }} > 0
            {%- endif %}
    {%- endset -%}
    {#- z: a column centred and scaled; that of the outcome is only centred. -#}
    {%- set z = ['1e0'] -%}
    {%- for i in k -%}
        {%- do z.append('((source.x' ~ i ~ ' - fit.m' ~ i ~ ') * fit.r' ~ i ~ ')') -%}
    {%- endfor -%}
    {%- do z.append('(source.x' ~ (p + 1) ~ ' - fit.m' ~ (p + 1) ~ ')') -%}
    {#- What is carried along beside the matrix: sizes, means, one over the scale, first
       diagonal. -#}
    {%- set carried = ['row_count', 'total_weight'] -%}
    {%- for i in with_outcome -%}{%- do carried.append('m' ~ i) -%}{%- do carried.append('d' ~ i) -%}{%- endfor -%}
    {%- for i in k -%}{%- do carried.append('r' ~ i) -%}{%- endfor -%}
    {%- set steps = namespace(query='') -%}
    {%- set steps.query -%}
        select
            max(fit.row_count) as row_count,
            max(fit.total_weight) as total_weight,
            {%- for i in k %}
            max(fit.r{{ i }}) as r{{ i }},
            {%- endfor %}
            {%- for i in with_outcome %}
            max(fit.m{{ i }}) as m{{ i }},
            {{ ratio('sum(source.w * ' ~ z[i] ~ ' * ' ~ z[i] ~ ')', 'max(fit.total_weight)') }} as d{{ i }},
            {%- for j in with_outcome if j >= i %}
            {{ ratio('sum(source.w * ' ~ z[i] ~ ' * ' ~ z[j] ~ ')', 'max(fit.total_weight)') }}
                as a{{ i }}_{{ j }}{{ ',' if not (i > p and j > p) }}
            {%- endfor %}
            {%- endfor %}
        from ({{ source }}) as source
        cross join (
            select
                {%- for i in k %}
                case when s{{ i }} > 1e-10 * abs(m{{ i }}) then {{ ratio('1', 's' ~ i) }} else 0e0 end as r{{ i }},
                {%- endfor %}
                {%- for i in with_outcome %}
                m{{ i }},
                {%- endfor %}
                row_count,
                total_weight
            from (
                select
                    {%- for i in with_outcome %}
                    stddev_pop(x{{ i }}) as s{{ i }},
                    {{ ratio('sum(w * x' ~ i ~ ')', 'sum(w)') }} as m{{ i }},
                    {%- endfor %}
                    count(*) as row_count,
                    sum(w) as total_weight
                from ({{ source }}) as every_row
            ) as moments
        ) as fit
        having count(*) > 0
    {%- endset -%}
    {%- for t in k -%}
        {%- set diagonal = 'a' ~ t ~ '_' ~ t -%}
        {%- set sound = diagonal ~ ' > ' ~ tolerance ~ ' * d' ~ t -%}
        {%- set step -%}
        select
            {{ carried | join(', ') }},
            case when {{ sound }} then 1 else 0 end as ok{{ t }},
            {%- for i in with_outcome %}
            {%- for j in with_outcome if j >= i %}
            {%- set cell = 'a' ~ i ~ '_' ~ j -%}
            {%- set left = 'a' ~ [i, t] | min ~ '_' ~ [i, t] | max -%}
            {%- set right = 'a' ~ [j, t] | min ~ '_' ~ [j, t] | max %}
            case
                {%- if i == t and j == t %}
                when {{ sound }} then -{{ ratio('1', diagonal) }} else 0e0
                {%- elif i == t or j == t %}
                when {{ sound }} then {{ ratio(cell, diagonal) }} else {{ cell }}
                {%- else %}
                when {{ sound }} then {{ cell }} - {{ left }} * {{ ratio(right, diagonal) }} else {{ cell }}
                {%- endif %}
            end as {{ cell }}{{ ',' if not (i > p and j > p) }}
            {%- endfor %}
            {%- endfor %}
        from ({{ steps.query }} offset 0) as swept_{{ t - 1 }}
        {%- endset -%}
        {%- do carried.append('ok' ~ t) -%}
        {%- set steps.query = step -%}
    {%- endfor -%}
    {#- Coefficients of the scaled columns, b; the inverse, v; the residual sum of squares. -#}
    {%- set solved -%}
        select
            {{ carried | join(', ') }},
            {%- for i in k %}
            ok{{ i }} * a{{ i }}_{{ p + 1 }} as b{{ i }},
            {%- for j in k if j >= i %}
            -ok{{ i }} * ok{{ j }} * a{{ i }}_{{ j }} as v{{ i }}_{{ j }},
            {%- endfor %}
            {%- endfor %}
            a{{ p + 1 }}_{{ p + 1 }} * total_weight as residual_squares,
            row_count - 1{% for i in k %} - ok{{ i }}{% endfor %} as residual_df
        from ({{ steps.query }} offset 0) as swept
    {%- endset -%}
    {#- A coefficient is u times the scaled design's cross products with the outcome, so its
       variance is u M u, M the cross products of the scores. u of the intercept takes the centring back. -#}
    {%- set centring, square = {}, ['1e0'] -%}
    {%- for i in k -%}
        {%- set parts = [] -%}
        {%- for l in k -%}
            {%- set cell = 'v' ~ [i, l] | min ~ '_' ~ [i, l] | max -%}
            {%- do parts.append(cell ~ ' * r' ~ l ~ ' * m' ~ l) -%}
            {%- do square.append(cell ~ ' * r' ~ i ~ ' * m' ~ i ~ ' * r' ~ l ~ ' * m' ~ l) -%}
        {%- endfor -%}
        {%- do centring.update({i: '-(' ~ parts | join(' + ') ~ ')'}) -%}
    {%- endfor -%}
    {%- set fitted -%}
        select
            solved.*,
            {{ ratio('residual_squares', 'case when residual_df > 0 then residual_df end') }} as residual_variance,
            m{{ p + 1 }}{% for i in k %} - b{{ i }} * r{{ i }} * m{{ i }}{% endfor %} as coefficient_0,
            {{ ratio(square | join(' + '), 'total_weight') }} as spread_0,
            {{ ratio('1', 'total_weight') }} as u0_0,
            {%- for i in k %}
            b{{ i }} * r{{ i }} as coefficient_{{ i }},
            {{ ratio('v' ~ i ~ '_' ~ i ~ ' * r' ~ i ~ ' * r' ~ i, 'total_weight') }} as spread_{{ i }},
            {{ ratio(centring[i], 'total_weight') }} as u0_{{ i }},
            0e0 as u{{ i }}_0,
            {%- for j in k %}
            {{ ratio('v' ~ [i, j] | min ~ '_' ~ [i, j] | max ~ ' * r' ~ i, 'total_weight') }}
                as u{{ i }}_{{ j }},
            {%- endfor %}
            {%- endfor %}
            {{ ratio('1', 'case when d' ~ (p + 1) ~ ' > 0 then d' ~ (p + 1) ~ ' * total_weight end') }}
                as one_over_squares
        from ({{ solved }} offset 0) as solved
    {%- endset -%}
    {%- if errors == 'classical' -%}
        {%- set measured -%}
        select
            fit.*,
            {%- for i in with_intercept %}
            residual_variance * spread_{{ i }} as variance_{{ i }},
            {%- endfor %}
            residual_df as df
        from ({{ fitted }}) as fit
        {%- endset -%}
    {%- else -%}
        {%- set residual = [z[p + 1]] -%}
        {%- for i in k -%}{%- do residual.append('fit.b' ~ i ~ ' * ' ~ z[i]) -%}{%- endfor -%}
        {%- set score = 'source.w * (' ~ residual | join(' - ') ~ ')' -%}
        {%- set kept = [] -%}
        {%- for name in ['row_count', 'residual_df', 'residual_variance', 'residual_squares', 'one_over_squares'] -%}
            {%- do kept.append(name) -%}
        {%- endfor -%}
        {%- for i in with_intercept -%}
            {%- do kept.append('coefficient_' ~ i) -%}
            {%- do kept.append('spread_' ~ i) -%}
            {%- for j in with_intercept -%}{%- do kept.append('u' ~ i ~ '_' ~ j) -%}{%- endfor -%}
        {%- endfor -%}
        {%- for i in k -%}{%- do kept.append('ok' ~ i) -%}{%- endfor -%}
        {%- set scored -%}
            select
                {%- for name in kept %}
                {{ 'max(fit.' ~ name ~ ') as ' ~ name if cluster else 'fit.' ~ name }},
                {%- endfor %}
                {%- for i in with_intercept %}
                {{ 'sum(' ~ score ~ ' * ' ~ z[i] ~ ')' if cluster else score ~ ' * ' ~ z[i] }}
                    as h{{ i }}{{ ',' if not loop.last }}
                {%- endfor %}
            from ({{ source }}) as source
            cross join ({{ fitted }}) as fit
            {%- if cluster %}
            group by source.cluster_id
            {%- endif %}
        {%- endset -%}
        {%- set measured -%}
        select
            fit.*,
            {%- for t in with_intercept %}
            {%- set parts = [] -%}
            {%- for i in with_intercept -%}{%- for j in with_intercept -%}
                {%- do parts.append(
                    'u' ~ t ~ '_' ~ i ~ ' * u' ~ t ~ '_' ~ j ~ ' * c' ~ [i, j] | min ~ '_' ~ [i, j] | max
                ) -%}
            {%- endfor -%}{%- endfor %}
            correction * ({{ parts | join(' + ') }}) as variance_{{ t }},
            {%- endfor %}
            {{ 'score_count - 1' if cluster else 'residual_df' }} as df
        from (
            select
                {%- for name in kept %}
                max({{ name }}) as {{ name }},
                {%- endfor %}
                {%- for i in with_intercept %}
                {%- for j in with_intercept if j >= i %}
                sum(h{{ i }} * h{{ j }}) as c{{ i }}_{{ j }},
                {%- endfor %}
                {%- endfor %}
                {%- set rows_left = 'case when max(residual_df) > 0 then max(residual_df) end' %}
                {%- if cluster %}
                {{ ratio('count(*)', 'count(*) - 1') }} * {{ ratio('max(row_count) - 1', rows_left) }} as correction,
                {%- else %}
                {{ ratio('max(row_count)', rows_left) }} as correction,
                {%- endif %}
                count(*) as score_count
            from ({{ scored }}) as scored
            having count(*) > 0
        ) as fit
        {%- endset -%}
    {%- endif %}
    select
        term_number,
        term,
        estimate,
        standard_error,
        statistic,
        degrees_of_freedom,
        {{ p_value(stats ~ '.t_two_sided(statistic, degrees_of_freedom)') }} as p_value,
        estimate - {{ stats }}.t_quantile(0.975e0, degrees_of_freedom) * standard_error as ci_low,
        estimate + {{ stats }}.t_quantile(0.975e0, degrees_of_freedom) * standard_error as ci_high,
        case when term_number > 0 then {{ ratio(
            'classical_square', 'classical_square + residual_df'
        ) }} end as partial_r_squared,
        is_refused,
        row_count,
        r_squared,
        residual_variance
    from (
        select
            terms.*,
            {{ ratio('estimate', 'standard_error') }} as statistic,
            {{ ratio('estimate * estimate', 'classical_variance') }} as classical_square
        from (
            select
                names.term_number,
                names.term,
                {%- for column, expression in {
                    'estimate': 'coefficient_', 'classical_variance': 'residual_variance * spread_'
                }.items() %}
                case
                    {%- for i in with_intercept %}
                    when names.term_number = {{ i }}{{ ' and ok' ~ i ~ ' = 1' if i }} then {{ expression }}{{ i }}
                    {%- endfor %}
                end as {{ column }},
                {%- endfor %}
                sqrt(case
                    {%- for i in with_intercept %}
                    when names.term_number = {{ i }}{{ ' and ok' ~ i ~ ' = 1' if i }}
                        and variance_{{ i }} > 0 then variance_{{ i }}
                    {%- endfor %}
                end) as standard_error,
                case
                    {%- for i in k %}
                    when names.term_number = {{ i }} then ok{{ i }} = 0
                    {%- endfor %}
                    else false
                end as is_refused,
                row_count,
                residual_df,
                residual_variance,
                1e0 - residual_squares * one_over_squares as r_squared,
                {{ f8('case when df > 0 then df end') }} as degrees_of_freedom
            from ({{ measured }} offset 0) as fit
            cross join (
                values (0, 'intercept'){% for name in predictors %}, ({{ loop.index }}, '{{ name }}'){% endfor %}
            ) as names (term_number, term)
        ) as terms
    ) as tested
{%- endmacro %}
