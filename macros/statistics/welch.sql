{# Ten columns: Welch's comparison of two means, the first less the second, from each side's size,
   mean and variance (of the sample, divisor n - 1), without assuming equal variances:
     estimate             m1 - m2
     standard_error       sqrt(v1/n1 + v2/n2)
     statistic            estimate / standard_error
     degrees_of_freedom   (v1/n1 + v2/n2)^2 / ((v1/n1)^2/(n1 - 1) + (v2/n2)^2/(n2 - 1))
     p_value, ci_low, ci_high    two-sided, of Student's t
     cohens_d             (m1 - m2) / pooled standard deviation
     cohens_d_low, cohens_d_high d -+ z sqrt((n1 + n2)/(n1 n2) + d^2/(2 (n1 + n2)))
   All but the estimate are null where a side has under two values or neither side varies.
     select segment, {{ welch('a.n', 'a.mean', 'a.variance', 'b.n', 'b.mean', 'b.variance') }}
   Sources: B. L. Welch, Biometrika 34 (1947); Hedges and Olkin, Statistical Methods for
   Meta-Analysis (1985), for the interval of d, which is one of large samples. #}
{% macro welch(n_1, mean_1, variance_1, n_2, mean_2, variance_2, level=0.95) -%}
    {%- set stats = stats_schema() -%}
    {%- set n1, n2 = f8(n_1), f8(n_2) -%}
    {%- set estimate = '(' ~ f8(mean_1) ~ ' - ' ~ f8(mean_2) ~ ')' -%}
    {%- set valid = n1 ~ ' > 1 and ' ~ n2 ~ ' > 1 and ' ~ f8(variance_1) ~ ' + '
        ~ f8(variance_2) ~ ' > 0' -%}
    {%- set part_1, part_2 = ratio(variance_1, n_1), ratio(variance_2, n_2) -%}
    {%- set error = 'case when ' ~ valid ~ ' then sqrt(' ~ part_1 ~ ' + ' ~ part_2 ~ ') end' -%}
    {%- set statistic = ratio(estimate, error) -%}
    {%- set df -%}
        case when {{ valid }} then {{ ratio(
            '(' ~ part_1 ~ ' + ' ~ part_2 ~ ') * (' ~ part_1 ~ ' + ' ~ part_2 ~ ')',
            ratio(part_1 ~ ' * ' ~ part_1, n1 ~ ' - 1') ~ ' + '
                ~ ratio(part_2 ~ ' * ' ~ part_2, n2 ~ ' - 1')
        ) }} end
    {%- endset -%}
    {%- set half_width -%}
        {{ stats }}.t_quantile({{ (1 + level) / 2 }}, {{ df }}) * {{ error }}
    {%- endset -%}
    {%- set d -%}
        case when {{ valid }} then {{ ratio(
            estimate,
            'sqrt(' ~ ratio(
                '(' ~ n1 ~ ' - 1) * ' ~ f8(variance_1) ~ ' + (' ~ n2 ~ ' - 1) * ' ~ f8(variance_2),
                n1 ~ ' + ' ~ n2 ~ ' - 2'
            ) ~ ')'
        ) }} end
    {%- endset -%}
    {%- set d_width -%}
        {{ confidence_z(level) }} * sqrt(
            {{ ratio(n1 ~ ' + ' ~ n2, n1 ~ ' * ' ~ n2) }}
            + {{ ratio('(' ~ d ~ ') * (' ~ d ~ ')', '2 * (' ~ n1 ~ ' + ' ~ n2 ~ ')') }}
        )
    {%- endset -%}
    {{ estimate }} as estimate,
    {{ error }} as standard_error,
    {{ statistic }} as statistic,
    {{ df }} as degrees_of_freedom,
    {{ p_value(stats ~ '.t_two_sided(' ~ statistic ~ ', ' ~ df ~ ')') }} as p_value,
    {{ estimate }} - {{ half_width }} as ci_low,
    {{ estimate }} + {{ half_width }} as ci_high,
    {{ d }} as cohens_d,
    {{ d }} - {{ d_width }} as cohens_d_low,
    {{ d }} + {{ d_width }} as cohens_d_high
{%- endmacro %}
