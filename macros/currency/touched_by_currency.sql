{# What belongs to touched_rows of a fact whose money is converted: built rows of a currency from
   the day on of which a rate has changed, and rows whose account is kept in another currency now.
   days: the columns of the fact by whose rate it is converted; account: false where each row names
   its own currency. #}
{% macro touched_by_currency(key, days, account=true) -%}
    union
    select built.{{ key }}
    from {{ this }} as built
    inner join (
        select
            currency,
            min(changed_from) as changed_from
        from {{ ref('int_exchange_rate_changes') }}
        where _batch_id > {{ last_built_batch() }}
        group by currency
    ) as rate_changes
        on built.currency = rate_changes.currency
            and (
            {%- for day in days %}
                {{ 'or ' if not loop.first }}built.{{ day }} >= rate_changes.changed_from
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
