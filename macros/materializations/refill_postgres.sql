{# The standing table takes over what has been built beside it, and stays: its columns are added and
   dropped, its rows deleted, updated and inserted where they differ, its constraints and indexes
   made anew where they do. While the columns are the same no reader waits and none is waited for,
   and a foreign key to a row that is still there holds. #}
{% macro refill(existing, built, changes) -%}
    {%- if changes.before -%}{%- do patiently(existing, changes.before) -%}{%- endif -%}
    {%- do _take_rows(existing, built) -%}
    {%- if changes.after -%}{%- do patiently(existing, changes.after) -%}{%- endif -%}
    {%- call statement('drop_built') -%}
        drop table {{ built }};
        analyze {{ existing }}
    {%- endcall -%}
{%- endmacro %}

{# What makes of the standing table one like the built one: {before, after, loses_columns},
   statements before and after its rows are taken over. #}
{% macro changes_of(existing, built) -%}
    {%- set changes = {'before': [], 'after': [], 'loses_columns': false} -%}
    {%- for row in run_query(_changes_sql(existing, built)).rows -%}
        {%- do changes[row[0]].append(row[2]) -%}
        {%- if row[1] == 3 -%}{%- do changes.update({'loses_columns': true}) -%}{%- endif -%}
    {%- endfor -%}
    {{ return(changes) }}
{%- endmacro %}

{% macro _take_rows(existing, built) -%}
    {%- set columns = [] -%}
    {%- set key = [] -%}
    {%- set rows = run_query(_columns_sql(existing, built)).rows -%}
    {#- A row that others' keys point to may not go, not even to come back at once. Elsewhere one
        that has changed does, for what is unique may pass from row to row. -#}
    {%- set is_referenced = rows[0][2] -%}
    {%- for row in rows -%}
        {%- do columns.append(row[0]) -%}
        {%- if row[1] -%}{%- do key.append(row[0]) -%}{%- endif -%}
    {%- endfor -%}
    {%- set others = columns | reject('in', key) | list -%}
    {%- set same_key -%}
        {%- for name in key %}standing.{{ name }} = built.{{ name }}{{ ' and ' if not loop.last }}{% endfor -%}
    {%- endset -%}
    {%- set listed = columns | join(', ') -%}
    {%- set same_others -%}
        (standing.{{ others | join(', standing.') }}) is not distinct from (built.{{ others | join(', built.') }})
    {%- endset -%}
    {%- call statement('take_rows') -%}
        delete from {{ existing }} as standing
        {%- if key %}
        where not exists (
            select from {{ built }} as built
            where {{ same_key }}
                {%- if others and not is_referenced %}
                and {{ same_others }}
                {%- endif %}
        )
        {%- endif %};
        {%- if key and others and is_referenced %}
        update {{ existing }} as standing
        set {% for name in others %}{{ name }} = built.{{ name }}{{ ', ' if not loop.last }}{% endfor %}
        from {{ built }} as built
        where {{ same_key }} and not ({{ same_others }});
        {%- endif %}
        insert into {{ existing }} ({{ listed }})
        select {{ listed }} from {{ built }} as built
        {%- if key %}
        where not exists (select from {{ existing }} as standing where {{ same_key }})
        {%- endif %}
    {%- endcall -%}
{%- endmacro %}

{# The columns of the built table, whether each is of its primary key, and whether foreign keys
   point to the standing one. #}
{% macro _columns_sql(existing, built) -%}
    select
        quote_ident(attname),
        coalesce(attnum = any(conkey), false),
        exists (
            select from pg_constraint where confrelid = '{{ existing }}'::regclass and contype = 'f'
        )
    from pg_attribute
    left join pg_constraint on conrelid = attrelid and contype = 'p'
    where attrelid = '{{ built }}'::regclass and attnum > 0 and not attisdropped
    order by attnum
{%- endmacro %}

{# A column of another type is another column; what was made over it goes with it. #}
{% macro _changes_sql(existing, built) -%}
    with {% for side, relation in [('standing', existing), ('built', built)] -%}
    {{ side }}_columns as (
        select attname, attnum, format_type(atttypid, atttypmod) as type, attnotnull
        from pg_attribute
        where attrelid = '{{ relation }}'::regclass and attnum > 0 and not attisdropped
    ),

    {% endfor -%}
    other_columns as (
        select
            standing.attname as old_name, standing.attnum as old_number, built.attname, built.type
        from standing_columns as standing
        full join built_columns as built using (attname, type)
        where standing.attname is null or built.attname is null
    ),

    {% for side, relation in [('standing', existing), ('built', built)] -%}
    {{ side }}_keys as (
        select
            conname,
            (
                select string_agg(quote_ident(attname), ', ' order by place)
                from unnest(conkey) with ordinality as part (number, place)
                join pg_attribute on attrelid = conrelid and attnum = number
            ) as columns
        from pg_constraint
        where conrelid = '{{ relation }}'::regclass and contype = 'p'
            {%- if side == 'standing' %}
            and not conkey && coalesce((select array_agg(old_number) from other_columns), '{}')
            {%- endif %}
    ),

    {{ side }}_indexes as (
        select
            indexrelid,
            regexp_replace(pg_get_indexdef(indexrelid), ' INDEX .* ON .* USING ', ' INDEX ON {{ existing }} USING ')
                as definition
        from pg_index
        join pg_class on pg_class.oid = indexrelid
        where indrelid = '{{ relation }}'::regclass and not indisprimary and {{ _is_own_index() }}
            {%- if side == 'standing' %}
            and not string_to_array(indkey::text, ' ')::smallint[]
                && coalesce((select array_agg(old_number) from other_columns), '{}')
            {%- endif %}
    ){{ ',\n\n    ' if not loop.last }}
    {%- endfor %}

    select 'before' as phase, 1 as step, format('alter table {{ existing }} drop constraint %I', conname) as text
    from standing_keys
    where columns is distinct from (select columns from built_keys)
    union all
    select 'before', 2, format('drop index %s', indexrelid::regclass)
    from standing_indexes
    where definition not in (select definition from built_indexes)
    union all
    select 'before', 3, format('alter table {{ existing }} drop column %I', old_name)
    from other_columns
    where old_name is not null
    union all
    select 'before', 4, format('alter table {{ existing }} add column %I %s', attname, type)
    from other_columns
    where attname is not null
    union all
    select 'before', 5, format('alter table {{ existing }} alter column %I drop not null', attname)
    from standing_columns as standing
    join built_columns as built using (attname, type)
    where standing.attnotnull and not built.attnotnull
    union all
    select 'after', 6, format('alter table {{ existing }} alter column %I set not null', attname)
    from built_columns as built
    left join standing_columns as standing using (attname, type)
    where built.attnotnull and standing.attnotnull is not true
    union all
    select 'after', 7, format('alter table {{ existing }} add primary key (%s)', columns)
    from built_keys
    where columns is distinct from (select columns from standing_keys)
    union all
    select 'after', 8, definition
    from built_indexes
    where definition not in (select definition from standing_indexes)
    order by step
{%- endmacro %}
