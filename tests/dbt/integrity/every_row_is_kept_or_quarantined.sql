-- Every row of a base model is either in its staging view or in quarantine, and never in both.
with

quarantine as (
    select * from {{ ref('quarantine') }}
),

{% for table_name in contract_tables() -%}
{{ table_name }}_base as (
    select
        count(*) as row_count,
        count(quarantine_rule) as bad_count
    from {{ ref('base_' ~ table_name) }}
),

{{ table_name }}_staged as (
    select count(*) as row_count from {{ ref('stg_' ~ table_name) }}
),

{% endfor -%}

quarantined as (
    select
        table_name,
        count(*) as row_count,
        count(distinct row_key) as key_count
    from quarantine
    group by table_name
),

counted as (
    {%- for table_name in contract_tables() %}
    {{ 'union all' if not loop.first }}
    select
        '{{ table_name }}' as table_name,
        base_rows.row_count,
        base_rows.bad_count,
        staged.row_count as staged_count
    from {{ table_name }}_base as base_rows
    cross join {{ table_name }}_staged as staged
    {%- endfor %}
),

compared as (
    select
        counted.table_name,
        counted.row_count,
        counted.bad_count,
        counted.staged_count,
        coalesce(quarantined.row_count, 0) as quarantined_count,
        coalesce(quarantined.key_count, 0) as key_count
    from counted
    left join quarantined on counted.table_name = quarantined.table_name
)

select * from compared
where row_count <> staged_count + quarantined_count
    or quarantined_count <> bad_count
    or key_count <> quarantined_count
