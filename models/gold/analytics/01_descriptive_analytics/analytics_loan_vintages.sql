{#- A loss before the first transaction is not in the ledger: none is said rather than too few. #}
{%- set is_known = 'counted.vintage_year >= ledger.first_year' -%}

with

{{ import_ctes({
    'loans': ref('pop_loans'),
    'kinds': ref('agg_transactions_daily'),
    'calendar': ref('int_as_of'),
}) -}}

-- The first year of which every loan's life is in the ledger: none is lost in its first month.
ledger as (
    select
        cast(extract(year from min(transaction_date)) as integer)
        + case when extract(month from min(transaction_date)) = 1 then 0 else 1 end as first_year
    from kinds
),

dated as (
    select
        loans.*,
        cast(extract(year from loans.open_date) as integer) as vintage_year
    from loans
),

steps as (
    select n * {{ var('vintage_step_months') }} as months_on_book
    from {{ int_series(1, var('vintage_most_months') // var('vintage_step_months')) }} as series
),

-- A vintage is shown at an age that its youngest possible loan has reached as well.
ages as (
    select
        vintages.vintage_year,
        steps.months_on_book
    from (select distinct vintage_year from dated) as vintages
    cross join steps
    cross join calendar
    where vintages.vintage_year * 12 + 12 + steps.months_on_book
        <= cast(extract(year from calendar.as_of_date) as integer) * 12
        + cast(extract(month from calendar.as_of_date) as integer)
        - case when {{ is_month_end('calendar.as_of_date') }} then 0 else 1 end
),

aged as (
    select
        ages.vintage_year,
        ages.months_on_book,
        dated.lent_amount,
        dated.charge_off_amount,
        dated.default_date < {{ add_months('dated.open_date', 'ages.months_on_book') }} as has_defaulted,
        dated.charge_off_date < {{ add_months('dated.open_date', 'ages.months_on_book') }} as is_charged_off
    from ages
    inner join dated on ages.vintage_year = dated.vintage_year
),

counted as (
    select
        vintage_year,
        months_on_book,
        count(*) as loan_count,
        count(*) filter (where has_defaulted) as default_count,
        count(*) filter (where is_charged_off) as charge_off_count,
        {{ money_sum('true', 'lent_amount') }} as lent_amount,
        {{ money_sum('is_charged_off', 'charge_off_amount') }} as charge_off_amount,
        {{ money_sum('is_charged_off and lent_amount is not null', 'charge_off_amount') }}
            as known_charge_off_amount
    from aged
    group by vintage_year, months_on_book
),

final as (
    select
        counted.vintage_year,
        counted.months_on_book,
        counted.loan_count,
        counted.default_count,
        {{ ratio('counted.default_count', 'counted.loan_count') }} as default_rate,
        {{ proportion_error('counted.default_count', 'counted.loan_count') }}
            as default_standard_error,
        {{ wilson_interval(
            'counted.default_count', 'counted.loan_count', 'default_ci_low', 'default_ci_high'
        ) }},
        {%- for column in ['charge_off_count', 'charge_off_amount'] %}
        case when {{ is_known }} then counted.{{ column }} end as {{ column }},
        {%- endfor %}
        counted.lent_amount,
        case
            when {{ is_known }}
                then {{ ratio('counted.known_charge_off_amount', 'counted.lent_amount') }}
        end as charge_off_rate,
        calendar.as_of
    from counted
    cross join calendar
    cross join ledger
)

select
    *,
    {{ money_note() }}
from final
