{# The body of base_<table>: one row a natural key, its winning version - the greatest
   (_extracted_at, _source_file, _source_row); the batch decides only between files that carry the
   same name and date - cleaned, with the rule that it breaks. Deletes are winners too (is_deleted);
   their other columns are what the delete's own row carried, usually nothing.

   parents: the tables whose keys must have arrived, {table: ref}, as literal refs of the model.
   Incremental: candidates are the arrivals, the standing rows of their keys, and the rows in
   quarantine of which a required parent has arrived since - whatever rule they broke, because
   _changed_batch_id speaks of every required parent and a row may lack two of them - and the rows of
   a parent that came anew and of which bronze holds several values of what a rule reads: they have
   changed with the parent, whatever the rule says of them.

   Bronze and parents are read in brackets: under --empty dbt gives them an alias of its own. #}
{% macro latest_versions(table_name, parents={}) -%}
    -- depends_on: {{ ref('int_as_of') }}
    {%- set bronze = source('bronze', table_name) -%}
    {%- if not execute -%}
        {%- do source('bronze_audit', 'load_audit') -%}
        {%- for parent in parents -%}{%- do source('bronze', parent) -%}{%- endfor -%}
        select 1 as _parsed from {{ bronze }}
        {{- return('') -}}
    {%- endif -%}
    {%- set raw = '(select * from ' ~ bronze ~ ')' -%}
    {%- set table = contract_table(table_name) -%}
    {%- set key = table.key -%}
    {%- set incremental = is_incremental() -%}
    {%- set findings = load_findings(table_name) -%}
    {%- set required = required_references(table) -%}
    {%- set readings = parent_readings(table_name) -%}
    {%- set address = ['_batch_id', '_extracted_at', '_source_file', '_source_row'] -%}
    {%- set names = table.columns | map(attribute='name') | list -%}
    {%- set arrivals_where -%}
        _batch_id <= {{ pinned_batch() }}
        {%- if incremental %} and _batch_id > {{ last_built_batch() }}{% endif %}
    {%- endset %}
with

{% for reading in readings -%}
-- Of these parents bronze holds several values of what a rule reads.
corrected_{{ loop.index }} as (
    select
        {{ reading.key }},
        max(_batch_id) as last_batch_id
    from (select * from {{ source('bronze', reading.table) }}) as versions
    where _batch_id <= {{ pinned_batch() }}
    group by {{ reading.key }}
    having min(coalesce(cast({{ reading.column }} as {{ text_type() }}), ''))
        <> max(coalesce(cast({{ reading.column }} as {{ text_type() }}), ''))
),

{% endfor -%}
{% if incremental -%}
touched_keys as (
    select {{ key | join(', ') }} from {{ raw }} as arrivals where {{ arrivals_where }}
    {%- for reading in readings %}
    {%- set corrected = 'corrected_%d' | format(loop.index) %}
    union
    select {{ prefixed(key, 'base') }}
    from {{ this }} as base
    inner join {{ corrected }} on base.{{ reading.reference }} = {{ corrected }}.{{ reading.key }}
    where {{ corrected }}.last_batch_id > {{ last_built_batch() }}
    {%- endfor %}
    {%- if required %}
    union
    select {{ prefixed(key, 'base') }}
    from {{ this }} as base
    {{- parent_joins(required, parents, 'base') }}
    where base.quarantine_rule is not null
        and (
        {%- for column in required %}
            {{ 'or ' if not loop.first }}
            {{- 'parent_%d' | format(loop.index) }}._first_batch_id > base._changed_batch_id
        {%- endfor %}
        )
    {%- endif %}
),

candidates as (
    select
        {{ names | join(', ') }},
        _op = 'delete' as is_deleted,
        case when _op = 'delete' then null else _batch_id end as _first_batch_id,
        {{ address | join(', ') }}
    from {{ raw }} as arrivals
    where {{ arrivals_where }}
    union all
    select
        {{ prefixed(names, 'base') }},
        base.is_deleted,
        base._first_batch_id,
        {{ prefixed(address, 'base') }}
    from {{ this }} as base
    inner join touched_keys on {{ equal_keys(key, 'base', 'touched_keys') }}
),

ranked as (
    select
        {{ names | join(', ') }},
        is_deleted,
        min(_first_batch_id) over (partition by {{ key | join(', ') }}) as _first_batch_id,
        {{ address | join(', ') }},
        row_number() over (
            partition by {{ key | join(', ') }}
            order by _extracted_at desc, _source_file desc, _source_row desc, _batch_id desc
        ) as version_rank
    from candidates
),

winners as (
    select * from ranked where version_rank = 1
),
{%- elif findings.keys_stand_once %}
winners as (
    select
        {{ prefixed(names, 'single') }},
        single._op = 'delete' as is_deleted,
        case when single._op = 'delete' then null else single._batch_id end as _first_batch_id,
        {{ prefixed(address, 'single') }}
    from {{ raw }} as single
    where single.{{ arrivals_where }}
),
{%- else %}
repeated_keys as (
    select
        {{ key | join(', ') }},
        min(case when _op = 'delete' then null else _batch_id end) as first_batch_id
    from {{ raw }} as arrivals
    where {{ arrivals_where }}
    group by {{ key | join(', ') }}
    having count(*) > 1
),

repeated_versions as (
    select
        {{ prefixed(names, 'versions') }},
        versions._op = 'delete' as is_deleted,
        repeated_keys.first_batch_id as _first_batch_id,
        {{ prefixed(address, 'versions') }},
        row_number() over (
            partition by {{ prefixed(key, 'versions') }}
            order by {{ version_order('versions') }}
        ) as version_rank
    from {{ raw }} as versions
    inner join repeated_keys on {{ equal_keys(key, 'versions', 'repeated_keys') }}
    where versions.{{ arrivals_where }}
),

winners as (
    select
        {{ names | join(', ') }},
        is_deleted,
        _first_batch_id,
        {{ address | join(', ') }}
    from repeated_versions
    where version_rank = 1
    union all
    select
        {{ prefixed(names, 'single') }},
        single._op = 'delete' as is_deleted,
        case when single._op = 'delete' then null else single._batch_id end as _first_batch_id,
        {{ prefixed(address, 'single') }}
    from {{ raw }} as single
    left join repeated_keys on {{ equal_keys(key, 'single', 'repeated_keys') }}
    where single.{{ arrivals_where }}
        and repeated_keys.{{ key[0] }} is null
),
{%- endif %}

cleaned as (
    select
        {% for column in table.columns -%}
        {%- set expression = milestone_cut(cleaned(column, 'winners.', findings.text_is_trimmed), column, table_name) %}
        {{- parent_cut(expression, column, required) }} as {{ column.name }},
        {% endfor -%}
        winners.is_deleted,
        {% for column in required -%}
        parent_{{ loop.index }}._first_batch_id as _parent_{{ column.name }},
        {% endfor -%}
        {% for reading in readings -%}
        {%- set corrected = 'corrected_%d' | format(loop.index) -%}
        parent_{{ reading.position }}.{{ reading.column }} as _parent_{{ reading.column }},
        case when {{ corrected }}.{{ reading.key }} is not null then parent_{{ reading.position }}._batch_id end
            as _corrected_batch_id_{{ loop.index }},
        {% endfor -%}
        winners._first_batch_id,
        {{ prefixed(address, 'winners') }}
    from winners
    {{- parent_joins(required, parents, 'winners') }}
    {{- later_parent_joins(required) }}
    {%- for reading in readings %}
    {%- set corrected = 'corrected_%d' | format(loop.index) %}
    left join {{ corrected }} on winners.{{ reading.reference }} = {{ corrected }}.{{ reading.key }}
    {%- endfor %}
    {%- if var('as_of', none) and table.event_time %}
    where winners.{{ table.event_time }} is null
        or winners.{{ table.event_time }} <= {{ pinned_as_of() }}
    {%- endif %}
),

final as (
    select
        {{ names | join(',\n        ') }},
        is_deleted,
        case when not is_deleted then {{ quarantine_case(table_name) }} end as quarantine_rule,
        _first_batch_id,
        {% if required -%}
        case
            when is_deleted then _batch_id
            else greatest(_batch_id
                {%- for column in required %}, coalesce(_parent_{{ column.name }}, -1){% endfor %}
                {%- for reading in readings %}, coalesce(_corrected_batch_id_{{ loop.index }}, -1){% endfor %})
        end as _changed_batch_id,
        {%- else -%}
        _batch_id as _changed_batch_id,
        {%- endif %}
        {{ address | join(',\n        ') }}
    from cleaned
)

select * from final
{%- endmacro %}

{# Which version of a key wins. In a build of a past instant: the latest known by then, else the
   earliest. #}
{% macro version_order(alias) -%}
    {%- if var('as_of', none) -%}
    {%- set is_later = alias ~ '._extracted_at > ' ~ pinned_as_of() %}
    case when {{ is_later }} then 1 else 0 end,
    case when {{ is_later }} then {{ alias }}._extracted_at end asc nulls first,
    {% endif -%}
    {{ alias }}._extracted_at desc,
    {{ alias }}._source_file desc,
    {{ alias }}._source_row desc,
    {{ alias }}._batch_id desc
{%- endmacro %}

{# In a build of a past instant, what had not happened yet: milestone columns later than as_of (the
   base model's config.meta.milestones: [{column, nulls, status, open_value}]) are null, the status
   is the open one. A row that was extracted by then says what it said that day, true or not. #}
{% macro milestone_cut(expression, column, table_name) -%}
    {%- set state = namespace(result=expression) -%}
    {%- if var('as_of', none) -%}
        {%- for milestone in base_meta(table_name, 'milestones') -%}
            {%- set if_later = 'case when winners.' ~ milestone.column ~ ' > ' ~ pinned_as_of()
                ~ ' and winners._extracted_at > ' ~ pinned_as_of() -%}
            {%- set otherwise = ' else ' ~ state.result ~ ' end' -%}
            {%- if column.name in [milestone.column] + milestone.get('nulls', []) -%}
                {%- set state.result = if_later ~ ' then null' ~ otherwise -%}
            {%- elif column.name == milestone.get('status') -%}
                {%- set open_value = "'" ~ milestone.open_value ~ "'" -%}
                {%- set state.result = if_later ~ ' then ' ~ open_value ~ otherwise -%}
            {%- endif -%}
        {%- endfor -%}
    {%- endif -%}
    {{ return(state.result) }}
{%- endmacro %}

{# The required parents of a row, as parent_1, parent_2 ... in the order of the columns. #}
{% macro parent_joins(required, parents, alias) -%}
    {%- for column in required %}
    {%- set parent = 'parent_%d' | format(loop.index) %}
    left join (select * from {{ parents[column.references] }}) as {{ parent }}
        on {{ parent }}.{{ parent_key(column.references) }} = {{ alias }}.{{ column.name }}
    {%- endfor -%}
{%- endmacro %}

{# In a build of a past instant: a nullable reference to a parent that came about later (the account
   that an application led to) was not there yet, which is not the same as a missing parent. #}
{% macro parent_cut(expression, column, required) -%}
    {%- set state = namespace(result=expression) -%}
    {%- if var('as_of', none) -%}
        {%- for parent in required if parent.name == column.name and not parent.required -%}
            {%- set position = required.index(parent) + 1 -%}
            {%- set came_later = 'parent_' ~ position ~ '._first_batch_id is null and later_'
                ~ position ~ '.parent_id is not null' -%}
            {%- set there = 'case when not (' ~ came_later ~ ') then ' -%}
            {%- set state.result = there ~ expression ~ ' end' -%}
        {%- endfor -%}
    {%- endif -%}
    {{ return(state.result) }}
{%- endmacro %}

{# The keys of those parents that ever arrived, as later_1, later_2 ... #}
{% macro later_parent_joins(required) -%}
    {%- if var('as_of', none) -%}
    {%- for column in required if not column.required %}
    {%- set position = required.index(column) + 1 %}
    left join (
        select distinct {{ parent_key(column.references) }} as parent_id
        from {{ source('bronze', column.references) }}
        where _op <> 'delete' and _batch_id <= {{ pinned_batch() }}
    ) as later_{{ position }}
        on later_{{ position }}.parent_id = winners.{{ column.name }}
    {%- endfor -%}
    {%- endif -%}
{%- endmacro %}

{# What the rules of a raw table read of its required parents: [{name, when, reference, column,
   table, key, position (of parent_joins)}]. #}
{% macro parent_readings(table_name) -%}
    {%- set required = required_references(contract_table(table_name)) -%}
    {%- set found = [] -%}
    {%- for rule in quarantine_rules(table_name) if rule.parent is mapping -%}
        {%- for column in required if column.name == rule.parent.reference -%}
            {%- do found.append({
                'name': rule.name,
                'when': rule.when,
                'reference': column.name,
                'column': rule.parent.column,
                'table': column.references,
                'key': parent_key(column.references),
                'position': required.index(column) + 1,
            }) -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(found) }}
{%- endmacro %}

{% macro prefixed(names, alias) -%}
    {{ return(alias ~ '.' ~ names | join(', ' ~ alias ~ '.')) }}
{%- endmacro %}

{% macro equal_keys(names, left, right) -%}
    {%- set pairs = [] -%}
    {%- for name in names -%}
        {%- do pairs.append(left ~ '.' ~ name ~ ' = ' ~ right ~ '.' ~ name) -%}
    {%- endfor -%}
    {{ return(pairs | join(' and ')) }}
{%- endmacro %}

{# The columns of a contract table whose parent must have arrived. #}
{% macro required_references(table) -%}
    {%- set found = [] -%}
    {%- for column in table.columns if column.get('on_missing') == 'quarantine' -%}
        {%- do found.append(column) -%}
    {%- endfor -%}
    {{ return(found) }}
{%- endmacro %}

{% macro parent_key(table_name) -%}
    {{ return(contract_table(table_name).key[0]) }}
{%- endmacro %}
