{%- set compared = ['transaction_count', 'volume_amount'] %}

with

{{ import_ctes({'days': ref('agg_transaction_days')}) -}}

-- Running totals of each year, for comparing a year so far with the same days of the year before.
running as (
    select
        transaction_date,
        min(transaction_date) over year_so_far as year_first_date,
        sum(volume_amount) over year_so_far as year_to_date_volume_amount
    from days
    window year_so_far as (
        partition by extract(year from transaction_date)
        order by transaction_date
        rows between unbounded preceding and current row
    )
),

monthly as (
    select
        month_start,
        min(transaction_date) as first_date,
        max(transaction_date) as last_date,
        cast(count(*) as integer) as day_count,
        sum(transaction_count) as transaction_count,
        sum(completed_count) as completed_count,
        sum(attempt_count) as attempt_count,
        sum(decided_attempt_count) as decided_attempt_count,
        sum(declined_count) as declined_count,
        sum(fraud_count) as fraud_count,
        sum(inflow_amount) as inflow_amount,
        sum(outflow_amount) as outflow_amount,
        sum(internal_transfer_amount) as internal_transfer_amount,
        sum(volume_amount) as volume_amount,
        max(as_of) as as_of
    from days
    group by month_start
),

-- The month in which the data begin is whole where they begin on its first day; else nothing is
-- compared with it.
compared as (
    select
        *,
        last_date = {{ month_end('month_start') }} as is_complete,
        case
            when last_date = {{ month_end('month_start') }}
                then {{ month_end(add_months('month_start', -12)) }}
            else {{ add_months('last_date', -12) }}
        end as year_before_date,
        {%- for measure in compared %}
        {%- for span, months in {'month': 1, 'year': 12}.items() %}
        case
            when lag(month_start, {{ months }}) over by_month >= min(first_date) over ()
                then lag({{ measure }}, {{ months }}) over by_month
        end as {{ measure }}_{{ span }}_before{{ ',' if not loop.last }}
        {%- endfor %}{{ ',' if not loop.last }}
        {%- endfor %}
    from monthly
    window by_month as (order by month_start)
),

final as (
    select
        compared.month_start,
        cast(extract(year from compared.month_start) as integer) as year,
        cast(extract(month from compared.month_start) as integer) as month,
        compared.day_count,
        compared.is_complete,
        cast(compared.transaction_count as bigint) as transaction_count,
        cast(compared.completed_count as bigint) as completed_count,
        cast(compared.attempt_count as bigint) as attempt_count,
        cast(compared.decided_attempt_count as bigint) as decided_attempt_count,
        cast(compared.declined_count as bigint) as declined_count,
        {{ ratio('compared.declined_count', 'compared.decided_attempt_count') }} as decline_rate,
        cast(compared.fraud_count as bigint) as fraud_count,
        {{ ratio('compared.fraud_count', 'compared.attempt_count') }} as fraud_rate,
        cast(compared.inflow_amount as decimal(18, 3)) as inflow_amount,
        cast(compared.outflow_amount as decimal(18, 3)) as outflow_amount,
        cast(compared.internal_transfer_amount as decimal(18, 3)) as internal_transfer_amount,
        cast(compared.volume_amount as decimal(18, 3)) as volume_amount,
        {{ mean_amount(ratio('compared.volume_amount', 'compared.day_count')) }} as mean_daily_volume_amount,
        {%- for measure in compared %}
        {%- for span in ['month', 'year'] %}
        case
            when compared.is_complete
                then {{ ratio('compared.' ~ measure, 'compared.' ~ measure ~ '_' ~ span ~ '_before') }} - 1
        end as {{ measure | replace('_count', '') | replace('_amount', '') }}_{{ span }}_change_rate,
        {%- endfor %}
        {%- endfor %}
        cast(running.year_to_date_volume_amount as decimal(18, 3)) as year_to_date_volume_amount,
        case
            when extract(month from year_before.year_first_date) = 1
                and extract(day from year_before.year_first_date) = 1
                then {{ ratio(
                    'running.year_to_date_volume_amount', 'year_before.year_to_date_volume_amount'
                ) }} - 1
        end as year_to_date_change_rate,
        compared.as_of
    from compared
    inner join running on compared.last_date = running.transaction_date
    left join running as year_before on compared.year_before_date = year_before.transaction_date
)

select
    *,
    {{ money_note() }}
from final
