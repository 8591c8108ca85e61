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
{% macro spark__date_series(first_day, last_day, unit) -%}
    (
        select
            explode(
                sequence(
                    cast({{ first_day }} as date), cast({{ last_day }} as date),
                    interval '1' {{ unit }}
                )
            ) as day
    )
{%- endmacro %}
