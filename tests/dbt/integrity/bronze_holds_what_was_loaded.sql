-- File to bronze: each batch holds the rows and the money that its load counted, nothing more,
-- nothing less. In an increment: the batches that have come since the test passed, to which alone
-- rows are added. depends_on: {{ ref('int_as_of') }}
with

load_audit as (
    select * from {{ source('bronze_audit', 'load_audit') }}
),

load_control_totals as (
    select * from {{ source('bronze_audit', 'load_control_totals') }}
),

{% if execute -%}
{% for table in reconciled_tables() -%}
{{ table.name }}_rows as (
    select
        _batch_id as batch_id,
        count(*) as row_count
        {%- for column in table.money %},
        coalesce(sum({{ column }}) filter (where _op = 'upsert'), 0) as {{ column }}
        {%- endfor %}
    from {{ table.raw }}
    where _batch_id > {{ tested_batch() }} and _batch_id <= {{ pinned_batch() }}
    group by _batch_id
),

{% endfor -%}
{%- endif -%}

held as (
    {% if execute -%}
    {% for table in reconciled_tables() -%}
    {{ 'union all' if not loop.first }}
    select '{{ table.name }}' as table_name, batch_id, 'rows' as measure, cast(row_count as decimal(38, 3)) as total
    from {{ table.name }}_rows
    {% for column in table.money -%}
    union all
    select '{{ table.name }}', batch_id, '{{ column }}', cast({{ column }} as decimal(38, 3)) from {{ table.name }}_rows
    {% endfor -%}
    {% endfor -%}
    {%- else -%}
    select 'none' as table_name, batch_id, 'rows' as measure, cast(0 as decimal(38, 3)) as total
    from load_audit
    {%- endif %}
),

counted as (
    select
        table_name,
        batch_id,
        'rows' as measure,
        cast(rows_loaded as decimal(38, 3)) as total
    from load_audit
    union all
    select
        load_audit.table_name,
        load_audit.batch_id,
        load_control_totals.column_name as measure,
        coalesce(
            load_control_totals.loaded_total, cast(load_control_totals.total as decimal(38, 3))
        ) as total
    from load_control_totals
    inner join load_audit on load_control_totals.batch_id = load_audit.batch_id
),

pinned as (
    select last_batch_id from {{ ref('int_as_of') }}
)

select
    coalesce(held.table_name, counted.table_name) as table_name,
    coalesce(held.batch_id, counted.batch_id) as batch_id,
    coalesce(held.measure, counted.measure) as measure,
    held.total as total_in_bronze,
    counted.total as total_when_loaded
from held
full join counted
    on held.table_name = counted.table_name
        and held.batch_id = counted.batch_id
        and held.measure = counted.measure
cross join pinned
where coalesce(held.batch_id, counted.batch_id) <= pinned.last_batch_id
    and coalesce(held.batch_id, counted.batch_id) > {{ tested_batch() }}
    and coalesce(held.total, 0) <> coalesce(counted.total, 0)
