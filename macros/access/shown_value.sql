{# The value of an event's attribute where gold may show it (var shown_event_attributes): that of
   any other attribute may be a name or an address. #}
{% macro shown_value(value, attribute) -%}
    case when {{ attribute }} in ({{ quoted(var('shown_event_attributes')) }}) then {{ value }} end
{%- endmacro %}
