{# A relation of one date column "day" from start to end inclusive (date expressions, or scalar
   subqueries in brackets). Use in from: from date_series(a, b) as days (in the macro braces). #}
{% macro date_series(first_day, last_day, unit='day') -%}
    {{ return(adapter.dispatch('date_series', 'bullion')(first_day, last_day, unit)) }}
{%- endmacro %}
{% macro default__date_series(first_day, last_day, unit) -%}
    (
        select cast(series.step as date) as day
        from generate_series(
            cast({{ first_day }} as timestamp), cast({{ last_day }} as timestamp),
            interval '1' {{ unit }}
        ) as series(step)
    )
{%- endmacro %}
{# A sequence would go backwards where the end is before the start. #}
{% macro spark__date_series(first_day, last_day, unit) -%}
    {%- set first = 'cast(' ~ first_day ~ ' as date)' -%}
    {%- set last = 'cast(' ~ last_day ~ ' as date)' -%}
    (
        select explode(
            case
                when {{ first }} <= {{ last }} then sequence({{ first }}, {{ last }}, interval '1' {{ unit }})
                else cast(array() as array<date>)
            end
        ) as day
    )
{%- endmacro %}
