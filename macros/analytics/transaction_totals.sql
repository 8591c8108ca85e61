{# The query of what was transacted by a dimension of agg_transactions_daily ("transactions", the
   bank's book entries left out), in all and in the current period ("current_period", one row).
   completed_count has each movement of money once. "counts": name to (column, condition);
   "amounts": name to (amount, condition). #}
{% macro transaction_totals(dimension, counts, amounts={}) -%}
    {%- set current =
        'transactions.transaction_date between current_period.start_date and current_period.end_date'
    -%}
    {%- set counts = dict(
        counts,
        completed_count=('movement_count', 'true'),
        current_transaction_count=('transaction_count', current),
    ) -%}
    {%- set amounts = dict(amounts, current_volume_amount=('volume_amount', current)) -%}
    select
        {{ dimension }},
        transaction_count,
        {%- for name in counts %}
        cast(coalesce({{ name }}, 0) as bigint) as {{ name }},
        {%- endfor %}
        {%- for name in amounts %}
        {{ name }},
        {%- endfor %}
        cast(inflow_amount as decimal(18, 3)) as inflow_amount,
        cast(outflow_amount as decimal(18, 3)) as outflow_amount,
        cast(internal_transfer_amount as decimal(18, 3)) as internal_transfer_amount,
        cast(volume_amount as decimal(18, 3)) as volume_amount,
        as_of
    from (
        select
            transactions.{{ dimension }},
            cast(sum(transactions.transaction_count) as bigint) as transaction_count,
            {%- for name, (column, condition) in counts.items() %}
            sum(transactions.{{ column }}) filter (where {{ condition }}) as {{ name }},
            {%- endfor %}
            {%- for name, (amount, condition) in amounts.items() %}
            {{ money_sum(condition, amount) }} as {{ name }},
            {%- endfor %}
            sum(transactions.inflow_amount) as inflow_amount,
            sum(transactions.outflow_amount) as outflow_amount,
            sum(transactions.internal_transfer_amount) as internal_transfer_amount,
            sum(transactions.volume_amount) as volume_amount,
            max(current_period.as_of) as as_of
        from transactions
        cross join current_period
        where not {{ is_book_entry('transactions') }}
        group by transactions.{{ dimension }}
    ) as counted
{%- endmacro %}
