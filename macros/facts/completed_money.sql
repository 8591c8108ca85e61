{# Whether a transaction's money moved: only then does it count as volume. Declined, pending and
   reversed ones move none. #}
{% macro is_completed(rows) -%}
    {{ rows }}.status = 'Completed'
{%- endmacro %}

{# The money of a transaction as volume: both sides positive, zero unless it moved. #}
{% macro completed_money(rows) -%}
        case when {{ is_completed(rows) }} then {{ rows }}.amount else 0 end as completed_amount,
        case when {{ is_completed(rows) }} and {{ rows }}.amount > 0 then {{ rows }}.amount else 0 end
            as inflow_amount,
        case when {{ is_completed(rows) }} and {{ rows }}.amount < 0 then -{{ rows }}.amount else 0 end
            as outflow_amount
{%- endmacro %}
