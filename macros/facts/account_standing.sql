{# The status of an account on a day: closures is the CTE of int_account_closures joined for that
   day. A status that only a later statement of closing gave (an account's first one reaches back)
   is not known. #}
{% macro account_status_on(closures, versions) -%}
    case
        when {{ closures }}.account_id is not null then 'Closed'
        when {{ versions }}.account_status <> 'Closed' then {{ versions }}.account_status
        else 'Unknown'
    end
{%- endmacro %}

{# The closure that an account is in at the end of a day, if it is in one. #}
{% macro join_closure(day, rows='source_rows') -%}
    left join closures
        on {{ rows }}.account_id = closures.account_id
            and {{ day }} >= closures.closed_date
            and {{ day }} < coalesce(closures.reopened_date, cast('9999-12-31' as date))
{%- endmacro %}

{# What a bank calls the balances of its customers: deposits, money invested with it (assets under
   management), balances in the customer's favour on other products (an overpaid card), and what
   they owe. #}
{% macro balance_kinds() -%}
    {{ return([
        'deposit_balance_amount', 'invested_balance_amount', 'other_balance_amount',
        'owed_balance_amount',
    ]) }}
{%- endmacro %}

{# One of these of an amount, or of the sum of the amounts above zero (held), by its product's
   category. #}
{% macro held_as(kind, held, category) -%}
    {%- set names = {'deposit_balance_amount': 'Deposit', 'invested_balance_amount': 'Investment'} -%}
    {%- if kind in names -%}
    case when {{ category }} = '{{ names[kind] }}' then {{ held }} else 0 end
    {%- else -%}
    case when coalesce({{ category }}, 'Unknown') in ('{{ names.values() | join("', '") }}') then 0 else {{ held }} end
    {%- endif -%}
{%- endmacro %}
