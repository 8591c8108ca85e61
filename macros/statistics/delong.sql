{# A query of the area under the ROC curve with DeLong's standard error, a row for each group of
   "by" (one row without): positive_count, negative_count, auc, standard_error, ci_low, ci_high.
   "positives" and "negatives" are expressions that count the two outcomes of a row of the relation,
   one case or a group of cases; equal scores are put together first, so that a million rows cost one
   sort. A positive's placement is the share of negatives below its score, ties by half; a
   negative's that of positives above. auc is the mean placement, its variance
     var(placements of positives) / positives + var(placements of negatives) / negatives.
   Null without two cases of each outcome (auc: without one); ci within 0..1.
     {{ delong('scored', 'risk_score', 'case when is_fraud then 1 else 0 end',
               'case when is_fraud then 0 else 1 end') }}
   Source: DeLong, DeLong and Clarke-Pearson, Biometrics 44 (1988); Sun and Xu, IEEE Signal
   Processing Letters 21 (2014), for midranks. #}
{% macro delong(relation, score, positives, negatives, by=[], level=0.95) -%}
    {%- set group = by | join(', ') -%}
    {%- set listed = group ~ ', ' if by else '' -%}
    {%- set partition = 'partition by ' ~ group if by else '' -%}
    {%- set error -%}
        case when positive_count > 1 and negative_count > 1 then sqrt(greatest(
            {{ ratio('positive_squares - positive_count * (1 - auc) * (1 - auc)',
                'positive_count * (positive_count - 1)') }}
            + {{ ratio('negative_squares - negative_count * (1 - auc) * (1 - auc)',
                'negative_count * (negative_count - 1)') }}, 0e0)) end
    {%- endset -%}
    select
        {{ listed }}positive_count,
        negative_count,
        auc,
        standard_error,
        greatest(auc - {{ confidence_z(level) }} * standard_error, 0e0) as ci_low,
        least(auc + {{ confidence_z(level) }} * standard_error, 1e0) as ci_high
    from (
        select {{ listed }}positive_count, negative_count, auc, {{ error }} as standard_error
        from (
            select
                {{ listed }}max(positive_count) as positive_count,
                max(negative_count) as negative_count,
                1 - {{ ratio('sum(positives * positive_lack)', 'max(positive_count)') }} as auc,
                sum(positives * positive_lack * positive_lack) as positive_squares,
                sum(negatives * negative_lack * negative_lack) as negative_squares
            from (
                {#- One less the placement, so that areas near 1 keep their digits. #}
                select
                    {{ listed }}positives,
                    negatives,
                    sum(positives) over ({{ partition }}) as positive_count,
                    sum(negatives) over ({{ partition }}) as negative_count,
                    1 - {{ ratio('sum(negatives) over (' ~ partition ~ ' order by score rows between '
                        ~ 'unbounded preceding and current row) - 0.5e0 * negatives',
                        'sum(negatives) over (' ~ partition ~ ')') }} as positive_lack,
                    {{ ratio('sum(positives) over (' ~ partition ~ ' order by score rows between '
                        ~ 'unbounded preceding and current row) - 0.5e0 * positives',
                        'sum(positives) over (' ~ partition ~ ')') }} as negative_lack
                from (
                    select
                        {{ listed }}{{ score }} as score,
                        sum({{ f8(positives) }}) as positives,
                        sum({{ f8(negatives) }}) as negatives
                    from {{ relation }}
                    where {{ score }} is not null
                    group by {{ listed }}{{ score }}
                ) as by_score
            ) as placed
            {% if by %}group by {{ group }}{% endif %}
        ) as summed
    ) as measured
{%- endmacro %}
