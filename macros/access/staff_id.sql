{# A member of staff as gold may show them: an identifier passes, what reads like a person's
   name (no digit, or a blank) becomes a stable code. Null for null. #}
{% macro staff_id(expression) -%}
    case
        when {{ expression }} is null or trim({{ expression }}) = '' then null
        when {{ regex_match(expression, '[0-9]') }} and not {{ regex_match('trim(' ~ expression ~ ')', '[ ]') }}
            then trim({{ expression }})
        else 'staff-' || substring(md5(lower(trim({{ expression }}))) from 1 for 12)
    end
{%- endmacro %}
