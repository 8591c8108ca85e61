{# What moves the balances of accounts, one or two lines an account and day: completed transactions,
   book entries apart from what came in and went out, and what balance statements say beyond them. #}
{% macro account_ledger_lines(account_daily, statement_adjustments) -%}
    select
        account_id,
        activity_date as line_date,
        inflow_amount,
        outflow_amount,
        book_entry_amount as adjustment_amount,
        inflow_amount - outflow_amount + book_entry_amount as net_amount,
        completed_count
    from {{ account_daily }}
    where completed_count > 0 or book_entry_amount <> 0
    union all
    select
        account_id,
        balance_date as line_date,
        cast(0 as decimal(18, 3)) as inflow_amount,
        cast(0 as decimal(18, 3)) as outflow_amount,
        adjustment_amount,
        adjustment_amount as net_amount,
        0 as completed_count
    from {{ statement_adjustments }}
    where adjustment_amount <> 0
{%- endmacro %}
