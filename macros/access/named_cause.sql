{# Who or what caused an event, where it is a party that gold may name (var named_causes); Other for
   anyone else, who may be a person. Null for null. #}
{% macro named_cause(expression) -%}
    case
        when {{ expression }} in ({{ quoted(var('named_causes')) }}) then {{ expression }}
        when {{ expression }} is not null then 'Other'
    end
{%- endmacro %}
