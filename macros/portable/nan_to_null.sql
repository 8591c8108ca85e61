{# A double without NaN: corr() and regr_*() of too few or constant values are null on PostgreSQL,
   but NaN on the other engines. #}
{% macro nan_to_null(expression) -%}
    nullif({{ expression }}, cast('NaN' as {{ double_type() }}))
{%- endmacro %}
