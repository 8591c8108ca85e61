{# Calendar months since the month of sign-up; 0 before it, and where it is not known. #}
{% macro tenure_months(signup_date, month) -%}
    greatest(0, coalesce({{ months_between_starts(signup_date, month) }}, 0))
{%- endmacro %}
