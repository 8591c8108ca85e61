{# An aggregate: the values as text, joined by the separator in an order that must be unique ("key",
   "day desc, key"); nulls are passed over, null when there is no other value. A filter clause may
   follow. Doubles are text in another way on each engine: round them with dec() before. #}
{% macro list_agg(expression, separator, order_by) -%}
    {{ return(adapter.dispatch('list_agg', 'bullion')(expression, separator, order_by)) }}
{%- endmacro %}
{% macro default__list_agg(expression, separator, order_by) -%}
    string_agg(cast({{ expression }} as {{ text_type() }}), '{{ separator }}' order by {{ order_by }})
{%- endmacro %}
{% macro spark__list_agg(expression, separator, order_by) -%}
    listagg(cast({{ expression }} as string), '{{ separator }}') within group (order by {{ order_by }})
{%- endmacro %}
