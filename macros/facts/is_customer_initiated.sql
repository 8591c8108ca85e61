{# Whether the customer tried a transaction: the attempts that rates of decline and fraud are over.
   What the bank posts by itself (deposits, refunds, fees, payments and transfers coming in,
   write-offs) is never declined and would dilute them. #}
{% macro is_customer_initiated(rows) -%}
    ({{ rows }}.transaction_type in ('Purchase', 'ATM Withdrawal')
        or ({{ rows }}.transaction_type in ('Transfer', 'Payment') and {{ rows }}.amount <= 0))
{%- endmacro %}
