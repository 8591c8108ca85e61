{# What a relation promises, in one scan, one test a model. Returns each promise that is broken, by
   how many rows (or keys, or groups), and one of them.

   rules: name -> a condition that every row meets (a null counts as broken), or {must: that, where:
   the rows it speaks of}; sets: column -> the values that it may have, beside null; shares: column
   -> the columns (or none) in whose groups it adds up to 1, unless all of it is null; exists: name
   -> a condition that a row at least meets; not_null: columns; unique: keys, each a column (nulls
   aside), a list of columns (nulls are equal) or {columns: a list, where: the rows it speaks of}.

   Of the model's own contract and unique indexes it proves what the engine does not enforce, unless
   contract is false: where another test of the model does.

   In an increment: the rows that have been written since the test passed, and the keys among them,
   since of two rows that are alike one is new. So a rule of an incremental model speaks of its own
   row alone. #}
{% test holds(
    model, rules={}, sets={}, shares={}, exists={}, not_null=[], unique=[], contract=true
) %}
{%- set own = contract_promises() -%}
{%- set is_touched = tested_rows_touched() if not exists else 'true' -%}
{%- set keys = unproved_keys(own, unique, not_null) if contract else [] -%}
{%- set columns = unproved_columns(own, not_null) if contract else [] -%}
{%- set named_by = own['keys'][0] if own['keys'] else (keys[0].columns if keys else []) -%}

{#- What the scan counts: rows that break a promise, or that keep one which needs but one row. -#}
{%- set counted = [] -%}
{%- for name, rule in rules.items() -%}
    {%- set must = rule.must if rule is mapping else rule -%}
    {#- A condition may end in a comment. -#}
    {%- set broken = 'case when not coalesce(' ~ must ~ '\n, false) then 1 end' -%}
    {%- if rule is mapping -%}
        {%- set broken = 'case when ' ~ rule.where ~ '\n then ' ~ broken ~ ' end' -%}
    {%- endif -%}
    {%- do counted.append({'promise': name, 'counts': broken}) -%}
{%- endfor -%}
{%- for column, values in sets.items() -%}
    {%- do counted.append({
        'promise': column ~ ' is in its set',
        'counts': 'case when ' ~ column ~ ' not in (' ~ quoted(values) ~ ') then 1 end',
    }) -%}
{%- endfor -%}
{%- for column in columns -%}
    {%- do counted.append({
        'promise': column ~ ' is given', 'counts': 'case when ' ~ column ~ ' is null then 1 end',
    }) -%}
{%- endfor -%}
{%- for name, condition in exists.items() -%}
    {%- do counted.append({
        'promise': name, 'counts': 'case when ' ~ condition ~ '\n then 1 end', 'is_wanted': true,
    }) -%}
{%- endfor %}

with

{% if counted -%}
judged as (
    select
        {{ row_label(named_by) }} as row_name
        {%- for item in counted %},
        {{ item.counts }} as found_{{ loop.index }}
        {%- endfor %}
    from {{ model }}
    where {{ is_touched }}
),

totals as (
    select
        {%- for item in counted %}
        count(found_{{ loop.index }}) as count_{{ loop.index }},
        min(case when found_{{ loop.index }} = 1 then row_name end) as example_{{ loop.index }}
        {{- ',' if not loop.last }}
        {%- endfor %}
    from judged
),

{% endif -%}

promises as (
    select
        cast(null as {{ text_type() }}) as promise,
        cast(0 as bigint) as broken_count,
        cast(null as {{ text_type() }}) as example
    {%- for item in counted %}
    union all
    {%- if item.is_wanted %}
    select
        {{ quoted([item.promise]) }},
        case when count_{{ loop.index }} = 0 then 1 else 0 end,
        null
    {%- else %}
    select {{ quoted([item.promise]) }}, count_{{ loop.index }}, example_{{ loop.index }}
    {%- endif %}
    from totals
    {%- endfor %}
    {%- for key in keys %}
    union all
    select {{ quoted([key.columns | join(', ') ~ ' is unique']) }}, count(*), min(row_name)
    from (
        select {{ row_label(key.columns) }} as row_name
        from {{ model }}
        where ({{ key.where or (key.columns[0] ~ ' is not null' if key.columns | length == 1 else true) }})
            {%- if is_touched != 'true' %}
            and (
                ({{ key.columns | join(', ') }}) in (
                    select {{ key.columns | join(', ') }} from {{ model }} where {{ is_touched }}
                )
                or {{ key.columns | join(' is null or ') }} is null
            )
            {%- endif %}
        group by {{ key.columns | join(', ') }}
        having count(*) > 1
    ) as repeated
    {%- endfor %}
    {%- for share, columns in shares.items() %}
    union all
    select {{ quoted([share ~ ' adds up to 1']) }}, count(*), min(row_name)
    from (
        select {{ row_label(columns) }} as row_name
        from {{ model }}
        {%- if columns %}
        group by {{ columns | join(', ') }}
        {%- endif %}
        having abs(sum({{ share }}) - 1) > 1e-9
    ) as shared
    {%- endfor %}
)

select * from promises where broken_count > 0
{% endtest %}
