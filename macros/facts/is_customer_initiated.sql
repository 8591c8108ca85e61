{# Whether the customer tried a transaction: the attempts that rates of decline and fraud are over.
   What the bank posts by itself (deposits, refunds, fees, payments coming in) is never declined and
   would dilute them. #}
{% macro is_customer_initiated(rows) -%}
    ({{ rows }}.transaction_type in ('Purchase', 'ATM Withdrawal', 'Transfer')
        or ({{ rows }}.transaction_type = 'Payment' and {{ rows }}.amount < 0))
{%- endmacro %}
