{{ config(
    materialized='incremental',
    incremental_strategy='touched_keys',
    unique_key='table_name'
) }}

{#- Every table whose dates facts point to with a date key. Dates of dimensions alone (a product's
   launch, a branch's opening) need no day in the calendar, birth dates still less. -#}
{%- set undated = ['products', 'merchants', 'branch_locations', 'atm_locations', 'advisors'] -%}
{%- set dated_tables = contract_tables() | reject('in', undated) | list -%}
{%- set first_day = "cast('" ~ var('calendar_first_day') ~ "' as date)" -%}
{%- set last_day = "cast('" ~ var('calendar_last_day') ~ "' as date)" %}

-- depends_on: {{ ref('int_as_of') }}
with

{% for table_name in dated_tables -%}
{{ table_name }} as (
    {{ arrived_versions(table_name) }}
),

{% endfor -%}
arrived as (
    {%- for table_name in dated_tables %}
    {%- set days = [] %}
    {%- if execute %}
        {%- for column in contract_table(table_name).columns
            if column.type in ('date', 'ts') and not column.get('pii') %}
            {%- do days.append('cast(' ~ column.name ~ ' as date)') %}
        {%- endfor %}
    {%- endif %}
    {%- set days = days or ['null'] %}
    select
        '{{ table_name }}' as table_name,
        min(least({{ days | join(', ') }}, {{ days[0] }})) as first_day,
        max(greatest({{ days | join(', ') }}, {{ days[0] }})) as last_day
    from {{ table_name }}
    -- Few rows: whether they break a rule is tried for no others.
    where (
            {%- for day in days %}
            {{ 'or ' if not loop.first }}{{ day }} < {{ first_day }}
            or {{ day }} > {{ last_day }}
            {%- endfor %}
        )
        and not is_deleted
        and quarantine_rule is null
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

{% if is_incremental() -%}
standing as (
    select table_name, first_day, last_day from {{ this }}
),

{% endif -%}
final as (
    select
        arrived.table_name,
        {% if is_incremental() -%}
        least(arrived.first_day, standing.first_day) as first_day,
        greatest(arrived.last_day, standing.last_day) as last_day
    from arrived
    left join standing on arrived.table_name = standing.table_name
        {%- else -%}
        first_day,
        last_day
    from arrived
        {%- endif %}
    where arrived.first_day is not null
)

select * from final
