{# The places (columns of the version index, such as an account and a day) of every row of a raw
   table that changed since the last build: where it stands and everywhere that it ever stood.
   base, versions: relations of base_<table> and int_<table>_versions; columns: {name:
   expression}. #}
{% macro touched_places(base, versions, key, columns) -%}
    {%- set names = columns.keys() | list -%}
    select
        {%- for name, expression in columns.items() %}
        {{ expression }} as {{ name }}{{ ',' if not loop.last }}
        {%- endfor %}
    from (select {{ key }} from {{ base }} where _changed_batch_id > {{ last_built_batch() }}) as changed
    inner join (select * from {{ versions }}) as versions using ({{ key }})
{%- endmacro %}

{# Every customer and day whose transfers may have found or lost their other leg since the last
   build: those of changed transactions, old places and new. #}
{% macro touched_customer_days() -%}
    {{ touched_places(
        ref('base_transactions'), ref('int_transactions_versions'), 'transaction_id',
        {'customer_id': 'customer_id', 'activity_date': 'cast(transaction_at as date)'}
    ) }}
{%- endmacro %}

{# Every account and day whose ledger may have changed since the last build: the days of changed
   transactions and of changed balance statements, old places and new. #}
{% macro touched_account_days() -%}
    {{ touched_places(
        ref('base_transactions'), ref('int_transactions_versions'), 'transaction_id',
        {'account_id': 'account_id', 'activity_date': 'cast(transaction_at as date)'}
    ) }}
    union
    {{ touched_places(
        ref('base_account_balances'), ref('int_account_balances_versions'), 'balance_id',
        {'account_id': 'account_id', 'activity_date': 'balance_date'}
    ) }}
{%- endmacro %}
