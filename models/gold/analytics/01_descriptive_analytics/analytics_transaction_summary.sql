{%- set compared = [
    'transaction_count', 'completed_count', 'attempt_count', 'declined_count', 'decline_rate',
    'fraud_count', 'fraud_rate', 'inflow_amount', 'outflow_amount', 'volume_amount', 'mean_amount',
    'median_amount',
] -%}
{%- set counts = [
    'transaction_count', 'completed_count', 'attempt_count', 'decided_attempt_count',
    'declined_count', 'fraud_count',
] -%}
{%- set amounts = [
    'inflow_amount', 'outflow_amount', 'internal_transfer_amount', 'volume_amount',
] %}

with

{{ import_ctes({
    'periods': ref('cal_reporting_periods'),
    'median_periods': ref('cal_reporting_periods'),
    'count_periods': ref('cal_reporting_periods'),
    'days': ref('agg_transaction_days'),
    'transactions': ref('fact_transactions'),
}) -}}

first_days as (
    select min(transaction_date) as first_date from days
),

counted as (
    select
        count_periods.period,
        {%- for column in counts + amounts %}
        sum(days.{{ column }}) as {{ column }}{{ ',' if not loop.last }}
        {%- endfor %}
    from count_periods
    inner join days
        on count_periods.start_date <= days.transaction_date
            and count_periods.end_date >= days.transaction_date
    group by count_periods.period
),

-- A median cannot be had from daily sums.
medians as (
    select
        median_periods.period,
        percentile_cont(0.5) within group (
            order by {{ f8('transactions.volume_amount') }}
        ) as median_amount
    from median_periods
    inner join transactions
        on transactions.date_key >= {{ date_key('median_periods.start_date') }}
            and transactions.date_key <= {{ date_key('median_periods.end_date') }}
    where transactions.is_movement
    group by median_periods.period
),

measured as (
    select
        periods.period,
        periods.period_rank,
        periods.start_date,
        periods.end_date,
        {%- for count in counts %}
        cast(coalesce(counted.{{ count }}, 0) as bigint) as {{ count }},
        {%- endfor %}
        {{ ratio('counted.declined_count', 'counted.decided_attempt_count') }} as decline_rate,
        {{ ratio('counted.fraud_count', 'counted.attempt_count') }} as fraud_rate,
        {%- for amount in amounts %}
        cast(coalesce(counted.{{ amount }}, 0) as decimal(18, 3)) as {{ amount }},
        {%- endfor %}
        {{ ratio('counted.volume_amount', 'counted.completed_count') }} as mean_amount,
        medians.median_amount,
        first_days.first_date,
        periods.as_of
    from periods
    cross join first_days
    left join counted on periods.period = counted.period
    left join medians on periods.period = medians.period
),

-- A period that the data do not reach back to the start of is no past to compare with.
changed as (
    select
        measured.*,
        {{- change_rates(compared, 'start_date >= first_date') }}
    from measured
),

final as (
    select
        period,
        period_rank,
        start_date,
        end_date,
        transaction_count,
        completed_count,
        attempt_count,
        decided_attempt_count,
        declined_count,
        decline_rate,
        fraud_count,
        fraud_rate,
        inflow_amount,
        outflow_amount,
        internal_transfer_amount,
        volume_amount,
        inflow_amount - outflow_amount as net_flow_amount,
        {{ mean_amount('mean_amount') }} as mean_amount,
        {{ quantile_amount('median_amount') }} as median_amount,
        {%- for metric in compared %}
        {{ metric }}_change_rate,
        {%- endfor %}
        as_of
    from changed
)

select
    *,
    {{ money_note() }}
from final
