{# The currencies of which a rate has changed since the last build, and the first day of that. #}
{% macro changed_rates() -%}
    select
        currency,
        min(changed_from) as changed_from
    from {{ ref('int_exchange_rate_changes') }}
    where _batch_id > {{ last_built_batch() }}
    group by currency
{%- endmacro %}

{# The accounts that are kept in one of them. #}
{% macro accounts_of_changed_rates() -%}
    select
        standing.account_id,
        changed_rates.changed_from
    from ({{ changed_rates() }}) as changed_rates
    inner join (select * from {{ ref('int_account_currencies') }}) as standing
        on changed_rates.currency = standing.currency
{%- endmacro %}

{# What belongs to touched_rows of a fact whose money is converted: built rows of a currency from
   the day on of which a rate has changed, and rows whose account is kept in another currency now.
   days: the columns of the fact by whose rate it is converted; account: false where each row names
   its own currency. #}
{% macro touched_by_currency(key, days, account=true) -%}
    union
    select built.{{ key }}
    from {{ this }} as built
    inner join ({{ changed_rates() }}) as changed_rates
        on built.currency = changed_rates.currency
            and (
            {%- for day in days %}
                {{ 'or ' if not loop.first }}built.{{ day }} >= changed_rates.changed_from
            {%- endfor %}
            )
    {%- if account %}
    union
    select built.{{ key }}
    from {{ this }} as built
    inner join (
        select
            changed.account_id,
            standing.currency
        from (
            select account_id from {{ ref('base_accounts') }}
            where _changed_batch_id > {{ last_built_batch() }}
        ) as changed
        inner join (select * from {{ ref('int_account_currencies') }}) as standing
            on changed.account_id = standing.account_id
    ) as kept
        on built.account_id = kept.account_id
            and built.currency is distinct from kept.currency
    {%- endif %}
{%- endmacro %}
