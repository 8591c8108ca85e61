{# Text as a non-negative decimal; null where it is not a plain one that fits (so that no row
   fails a cast). #}
{% macro decimal_from_text(expression, precision, scale) -%}
    case
        when {{ regex_match(
            'trim(' ~ expression ~ ')',
            '^[0-9]{1,' ~ (precision - scale) ~ '}([.][0-9]{1,' ~ scale ~ '}0*)?$'
        ) }}
            then cast(trim({{ expression }}) as decimal({{ precision }}, {{ scale }}))
    end
{%- endmacro %}
