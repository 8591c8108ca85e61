{# A relation of one integer column "n" from first to last inclusive. #}
{% macro int_series(first, last) -%}
    {{ return(adapter.dispatch('int_series', 'bullion')(first, last)) }}
{%- endmacro %}
{% macro default__int_series(first, last) -%}
    (select cast(series.n as integer) as n from generate_series({{ first }}, {{ last }}) as series(n))
{%- endmacro %}
{% macro spark__int_series(first, last) -%}
    (
        select explode(
            case
                when {{ first }} <= {{ last }} then sequence({{ first }}, {{ last }})
                else cast(array() as array<int>)
            end
        ) as n
    )
{%- endmacro %}
