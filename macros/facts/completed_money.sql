{# Whether a transaction's money moved: only then does it count as volume. Declined, pending and
   reversed ones move none. #}
{% macro is_completed(rows) -%}
    {{ rows }}.status = 'Completed'
{%- endmacro %}

{# Whether the bank booked it without money moving, as a loan that it writes off: it changes a
   balance, and is no flow, no volume and no activity of anybody. #}
{% macro is_book_entry(rows) -%}
    {{ rows }}.transaction_type in ('Write-off', 'Adjustment')
{%- endmacro %}

{# The money of a completed transaction: as it changes the balance (signed), and apart what came in,
   what went out (both positive) and what was only booked (signed). #}
{% macro completed_money(rows) -%}
        {%- set moves = is_completed(rows) ~ ' and not ' ~ is_book_entry(rows) -%}
        case when {{ is_completed(rows) }} then {{ rows }}.amount else 0 end as completed_amount,
        case when {{ moves }} and {{ rows }}.amount > 0 then {{ rows }}.amount else 0 end
            as inflow_amount,
        case when {{ moves }} and {{ rows }}.amount < 0 then -{{ rows }}.amount else 0 end
            as outflow_amount,
        case when {{ is_completed(rows) }} and {{ is_book_entry(rows) }} then {{ rows }}.amount else 0 end
            as book_entry_amount
{%- endmacro %}
