{# Every row of a base model is either in its staging view or in quarantine, and never in both. #}
{% test kept_or_quarantined(model, staging, table_name) %}
with

base_rows as (
    select
        count(*) as row_count,
        count(quarantine_rule) as bad_count
    from {{ model }}
),

staged as (
    select count(*) as row_count from {{ staging }}
),

quarantined as (
    select
        count(*) as row_count,
        count(distinct row_key) as key_count
    from {{ ref('quarantine') }}
    where table_name = '{{ table_name }}'
)

select
    base_rows.row_count,
    base_rows.bad_count,
    staged.row_count as staged_count,
    quarantined.row_count as quarantined_count
from base_rows
cross join staged
cross join quarantined
where base_rows.row_count <> staged.row_count + quarantined.row_count
    or quarantined.row_count <> base_rows.bad_count
    or quarantined.key_count <> quarantined.row_count
{% endtest %}
