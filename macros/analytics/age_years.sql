{# Completed years of age on a day: a birthday counts from its own day on, that of February 29th in
   other years from March 1st. Null for an unknown date of birth, 0 before it. #}
{% macro age_years(date_of_birth, on_date) -%}
    greatest(
        cast(extract(year from {{ on_date }}) - extract(year from {{ date_of_birth }}) as integer)
        - case
            when extract(month from {{ on_date }}) * 100 + extract(day from {{ on_date }})
                < extract(month from {{ date_of_birth }}) * 100 + extract(day from {{ date_of_birth }})
                then 1
            else 0
        end,
        case when {{ date_of_birth }} is not null then 0 end
    )
{%- endmacro %}
