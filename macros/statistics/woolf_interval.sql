{# Four columns of a table of two groups by two outcomes: odds_ratio = (a d) / (b c), standard_error
   of its logarithm, sqrt(1/a + 1/b + 1/c + 1/d), and Woolf's interval exp(ln(OR) -+ z standard_error).
   a, b: hits and misses of the group; c, d: of the reference. Where a cell is empty, half a case is
   added to each (Haldane and Anscombe); null where a group or an outcome has no case at all. A
   design_effect (of rows that come in clusters) widens error and interval by its root.
     {{ woolf_interval('approved', 'declined', 'reference_approved', 'reference_declined') }}
   Source: B. Woolf, Annals of Human Genetics 19 (1955). #}
{% macro woolf_interval(
    a, b, c, d, odds_ratio='odds_ratio', standard_error='standard_error',
    low='ci_low', high='ci_high', level=0.95, design_effect='1'
) -%}
    {%- set cells = [] -%}
    {%- for cell in [a, b, c, d] -%}
        {%- do cells.append(
            '(' ~ f8(cell) ~ ' + case when least(' ~ [f8(a), f8(b), f8(c), f8(d)] | join(', ')
            ~ ') = 0 then 0.5e0 else 0e0 end)'
        ) -%}
    {%- endfor -%}
    {%- set valid = 'least(' ~ f8(a) ~ ' + ' ~ f8(b) ~ ', ' ~ f8(c) ~ ' + ' ~ f8(d) ~ ', '
        ~ f8(a) ~ ' + ' ~ f8(c) ~ ', ' ~ f8(b) ~ ' + ' ~ f8(d) ~ ') > 0' -%}
    {%- set value = ratio(cells[0] ~ ' * ' ~ cells[3], cells[1] ~ ' * ' ~ cells[2]) -%}
    {%- set error -%}
        sqrt(({{ ratio('1', cells[0]) }} + {{ ratio('1', cells[1]) }}
            + {{ ratio('1', cells[2]) }} + {{ ratio('1', cells[3]) }}) * {{ f8(design_effect) }})
    {%- endset -%}
    case when {{ valid }} then {{ value }} end as {{ odds_ratio }},
    case when {{ valid }} then {{ error }} end as {{ standard_error }},
    case when {{ valid }} then {{ value }} * exp(-{{ confidence_z(level) }} * {{ error }}) end
        as {{ low }},
    case when {{ valid }} then {{ value }} * exp({{ confidence_z(level) }} * {{ error }}) end
        as {{ high }}
{%- endmacro %}
