{#- Each stage: the alerts that reached it, the money that it speaks of, and how long it took. -#}
{%- set stages = [
    {
        'name': 'Alert raised',
        'reached': 'true',
        'amount': 'at_risk_amount',
        'hours': 'hours_to_alert',
    },
    {
        'name': 'Under review',
        'reached': 'is_reviewed',
        'amount': 'at_risk_amount',
        'hours': 'hours_to_assignment',
    },
    {
        'name': 'Confirmed fraud',
        'reached': 'is_confirmed',
        'amount': 'at_risk_amount',
        'hours': 'hours_to_resolution',
    },
    {
        'name': 'Prevented',
        'reached': 'is_confirmed and prevented_amount > 0',
        'amount': 'prevented_amount',
        'hours': none,
    },
    {
        'name': 'Lost',
        'reached': 'is_confirmed and lost_amount > 0',
        'amount': 'lost_amount',
        'hours': none,
    },
    {
        'name': 'Recovered',
        'reached': 'is_confirmed and recovered_amount > 0',
        'amount': 'recovered_amount',
        'hours': none,
    },
] %}

with

{{ import_ctes({
    'fraud_alerts': ref('fact_fraud_alerts'),
    'transactions': ref('fact_transactions'),
    'calendar': ref('int_as_of'),
}) -}}

-- An attempt that was declined or reversed has moved no money: nothing of it can be lost or come
-- back.
placed as (
    select
        fraud_alerts.*,
        coalesce(transactions.is_completed, true) as has_left
    from fraud_alerts
    left join transactions on fraud_alerts.transaction_id = transactions.transaction_id
),

-- Who is resolved has been reviewed, whether or not somebody's name was noted.
alerts as (
    select
        at_risk_amount,
        hours_to_alert,
        hours_to_assignment,
        hours_to_resolution,
        assigned_at is not null or not is_open as is_reviewed,
        not is_open and coalesce(is_fraud_confirmed, false) as is_confirmed,
        case when has_left then 0 else at_risk_amount end as prevented_amount,
        case when has_left then recovered_amount else 0 end as recovered_amount,
        case when has_left then lost_amount else 0 end as lost_amount
    from placed
),

totals as (
    select
        {%- for stage in stages %}
        count(*) filter (where {{ stage.reached }}) as alert_count_{{ loop.index }},
        {{ money_sum('is_confirmed' if loop.index > 3 else stage.reached, stage.amount) }}
            as amount_{{ loop.index }},
        {%- if stage.hours %}
        percentile_cont(0.5) within group (
            order by case when {{ stage.reached }} then {{ f8(stage.hours) }} end
        ) as median_hours_{{ loop.index }},
        {%- endif %}
        {%- endfor %}
        count(*) as all_alert_count
    from alerts
),

stages as (
    {%- for stage in stages %}
    {{ 'union all' if not loop.first }}
    select
        '{{ stage.name }}' as stage,
        {{ loop.index }} as stage_rank,
        alert_count_{{ loop.index }} as alert_count,
        alert_count_{{ [[loop.index - 1, 1] | max, 3] | min }} as previous_alert_count,
        all_alert_count,
        amount_{{ loop.index }} as stage_amount,
        {{ 'median_hours_' ~ loop.index if stage.hours else f8('null') }} as median_hours
    from totals
    {%- endfor %}
),

final as (
    select
        stages.stage,
        stages.stage_rank,
        stages.alert_count,
        stages.previous_alert_count,
        {{ ratio('stages.alert_count', 'stages.previous_alert_count') }} as conversion_rate,
        {{ ratio('stages.alert_count', 'stages.all_alert_count') }} as alert_share_rate,
        stages.stage_amount,
        stages.median_hours,
        calendar.as_of
    from stages
    cross join calendar
)

select
    *,
    {{ money_note() }}
from final
