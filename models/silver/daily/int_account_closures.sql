with

calendar as (
    select as_of_date from {{ ref('int_as_of') }}
),

anchors as (
    select * from {{ ref('int_account_balance_anchors') }}
),

account_versions as (
    select * from {{ ref('int_account_versions') }} where not is_deleted
),

dated_versions as (
    select * from {{ ref('int_account_versions') }} where not is_deleted and close_date is not null
),

all_feed as (
    select * from {{ ref('int_account_feed') }}
),

ranked_feed as (
    select
        all_feed.*,
        row_number() over (
            partition by all_feed.feed_id order by {{ version_order('all_feed') }}
        ) as version_rank
    from all_feed
),

-- Whether the account was closed, by events, by extracts at their time and by the day of closing
-- that they state.
statements as (
    select
        account_id,
        effective_at as stated_at,
        account_status = 'Closed' as is_closed,
        _extracted_at,
        1 as kind_order
    from ranked_feed
    where version_rank = 1 and is_statement and account_status is not null
    union all
    select
        account_id,
        _extracted_at as stated_at,
        account_status = 'Closed' or coalesce(close_date <= cast(_extracted_at as date), false)
            as is_closed,
        _extracted_at,
        2 as kind_order
    from account_versions
    union all
    select
        account_id,
        {{ end_of_day('close_date') }} as stated_at,
        true as is_closed,
        _extracted_at,
        3 as kind_order
    from dated_versions
),

-- The last word of each day holds at its end.
ranked_statements as (
    select
        statements.account_id,
        cast(statements.stated_at as date) as stated_date,
        statements.is_closed,
        row_number() over (
            partition by statements.account_id, cast(statements.stated_at as date)
            order by
                statements.stated_at desc,
                statements._extracted_at desc,
                statements.kind_order desc,
                case when statements.is_closed then 1 else 0 end desc
        ) as statement_rank
    from statements
    {%- if var('as_of', none) %}
    where statements.stated_at <= {{ pinned_as_of() }}
    {%- else %}
    cross join calendar
    where cast(statements.stated_at as date) <= calendar.as_of_date
    {%- endif %}
),

compared as (
    select
        account_id,
        stated_date,
        is_closed,
        coalesce(
            lag(is_closed) over (partition by account_id order by stated_date), false
        ) as was_closed
    from ranked_statements
    where statement_rank = 1
),

turns as (
    select
        account_id,
        stated_date,
        is_closed,
        lead(stated_date) over (partition by account_id order by stated_date) as next_turn_date
    from compared
    where is_closed <> was_closed
),

final as (
    select
        turns.account_id,
        anchors.customer_id,
        turns.stated_date as closed_date,
        turns.next_turn_date as reopened_date
    from turns
    inner join anchors on turns.account_id = anchors.account_id
    where turns.is_closed
)

select * from final
