{# A member of staff as silver and gold show them: an identifier (letters and digits, a digit among
   them) passes, anything else, as a person's name or address, becomes a stable code, which passes
   in its turn. Null for null. #}
{% macro staff_id(expression) -%}
    {%- set trimmed = 'trim(' ~ expression ~ ')' -%}
    case
        when {{ trimmed }} = '' then null
        when {{ regex_match(trimmed, '^([A-Za-z0-9_-]*[0-9][A-Za-z0-9_-]*|staff-[a-f]{12})$') }}
            then {{ trimmed }}
        else 'staff-' || substring(md5(lower({{ trimmed }})) from 1 for 12)
    end
{%- endmacro %}
