{# Four columns of the ratio of two independent shares (the risk ratio, the adverse-impact ratio):
   ratio = p1 / p2, standard_error of its logarithm, sqrt(1/h1 - 1/n1 + 1/h2 - 1/n2), and Katz's interval
   exp(ln(ratio) -+ z standard_error). Null where a side has no hit.
     {{ katz_interval('older.approved', 'older.n', 'others.approved', 'others.n') }}
   Source: Katz et al., Biometrics 34 (1978). #}
{% macro katz_interval(
    hits_1, n_1, hits_2, n_2, share_ratio='share_ratio', standard_error='standard_error',
    low='ci_low', high='ci_high', level=0.95
) -%}
    {%- set value = 'case when ' ~ f8(hits_1) ~ ' > 0 then '
        ~ ratio(ratio(hits_1, n_1), ratio(hits_2, n_2)) ~ ' end' -%}
    {%- set error -%}
        sqrt(greatest({{ ratio('1', hits_1) }} - {{ ratio('1', n_1) }}
            + {{ ratio('1', hits_2) }} - {{ ratio('1', n_2) }}, 0e0))
    {%- endset -%}
    {%- set valid = f8(hits_1) ~ ' > 0 and ' ~ f8(hits_2) ~ ' > 0' -%}
    {{ value }} as {{ share_ratio }},
    case when {{ valid }} then {{ error }} end as {{ standard_error }},
    case when {{ valid }} then {{ value }} * exp(-{{ confidence_z(level) }} * {{ error }}) end
        as {{ low }},
    case when {{ valid }} then {{ value }} * exp({{ confidence_z(level) }} * {{ error }}) end
        as {{ high }}
{%- endmacro %}
