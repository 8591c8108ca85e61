{# The text of an integral from 0 to "length" by the 24-point Gauss-Legendre rule. "integrand" is
   SQL in which U stands for the variable. The rule is a sum of like terms, not nested, which every
   engine's parser takes; on DuckDB, to which a macro's text is new each time, a sum over a list.
   Exact for polynomials up to degree 47; for the analytic integrands of this project, which fall
   to exp(-34) at the far end, the error is under 1e-13 (measured against scipy).
   Source: Abramowitz and Stegun 25.4.30; nodes and weights computed with 30 digits. #}
{% macro gauss_legendre(integrand, length) -%}
    {%- set nodes = [
        ('2.4063900014893199e-3', '6.1706148999935998e-3'),
        ('1.2635722014345251e-2', '1.4265694314466832e-2'),
        ('3.0862723998633621e-2', '2.2138719408709903e-2'),
        ('5.6792236497799483e-2', '2.964929245771839e-2'),
        ('8.9999007013048539e-2', '3.6673240705540153e-2'),
        ('1.2993790421072282e-1', '4.3095080765976638e-2'),
        ('1.7595317403151222e-1', '4.8809326052056944e-2'),
        ('2.2728926430558023e-1', '5.3722135057982817e-2'),
        ('2.8310324618697743e-1', '5.7752834026862801e-2'),
        ('3.4247866015191831e-1', '6.0835236463901696e-2'),
        ('4.0444056626319185e-1', '6.2918728173414148e-2'),
        ('4.6797155356869719e-1', '6.3969097673376078e-2'),
        ('5.3202844643130281e-1', '6.3969097673376078e-2'),
        ('5.9555943373680815e-1', '6.2918728173414148e-2'),
        ('6.5752133984808169e-1', '6.0835236463901696e-2'),
        ('7.1689675381302257e-1', '5.7752834026862801e-2'),
        ('7.7271073569441977e-1', '5.3722135057982817e-2'),
        ('8.2404682596848778e-1', '4.8809326052056944e-2'),
        ('8.7006209578927718e-1', '4.3095080765976638e-2'),
        ('9.1000099298695146e-1', '3.6673240705540153e-2'),
        ('9.4320776350220052e-1', '2.964929245771839e-2'),
        ('9.6913727600136638e-1', '2.2138719408709903e-2'),
        ('9.8736427798565475e-1', '1.4265694314466832e-2'),
        ('9.9759360999851068e-1', '6.1706148999935998e-3'),
    ] -%}
    {{ return(adapter.dispatch('gauss_legendre_sum', 'bullion')(integrand, length, nodes)) }}
{%- endmacro %}

{% macro default__gauss_legendre_sum(integrand, length, nodes) -%}
    {%- set terms = [] -%}
    {%- for node, weight in nodes -%}
        {%- do terms.append(
            weight ~ ' * (' ~ integrand | replace('U', '(' ~ node ~ ' * ' ~ length ~ ')') ~ ')'
        ) -%}
    {%- endfor -%}
    {{ return(length ~ ' * (' ~ terms | join(' + ') ~ ')') }}
{%- endmacro %}

{% macro duckdb__gauss_legendre_sum(integrand, length, nodes) -%}
    {%- set pairs = [] -%}
    {%- for node, weight in nodes -%}
        {%- do pairs.append("{'node': " ~ node ~ ", 'weight': " ~ weight ~ '}') -%}
    {%- endfor -%}
    {{ return(length ~ ' * list_sum(list_transform([' ~ pairs | join(', ') ~ '], lambda term: '
        ~ 'term.weight * (' ~ integrand | replace('U', '(term.node * ' ~ length ~ ')') ~ ')))') }}
{%- endmacro %}
