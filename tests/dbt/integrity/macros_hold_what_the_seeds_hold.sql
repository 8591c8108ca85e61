-- Models cut by macros that python -m tools.derived makes of the seeds. A row here is not alike in
-- the two: a seed was edited and the macro was not made anew, or `dbt seed` has not been run since.
with

written as (
    select
        cast(kind as {{ text_type() }}) as kind,
        cast(set_name as {{ text_type() }}) as set_name,
        item_number,
        cast(item as {{ text_type() }}) as item,
        cast(lower_bound as decimal(15, 6)) as lower_bound
    from (
        values
        {%- for set_name, items in reference_bands().items() %}
        {%- for item in items %}
        ('band', '{{ set_name }}', {{ loop.index }}, '{{ item.name }}', {{ item.from }}),
        {%- endfor %}
        {%- endfor %}
        {%- for list_name, items in reference_lists().items() %}
        {%- set is_last = loop.last %}
        {%- for item in items %}
        ('list', '{{ list_name }}', {{ loop.index }}, '{{ item }}', 0)
        {{- ',' if not (is_last and loop.last) }}
        {%- endfor %}
        {%- endfor %}
    ) as listed (kind, set_name, item_number, item, lower_bound)
),

bands as (
    select * from {{ ref('ref_bands') }}
),

lists as (
    select * from {{ ref('ref_lists') }}
),

seeded as (
    select
        'band' as kind,
        band_set as set_name,
        band_number as item_number,
        band_name as item,
        lower_bound
    from bands
    union all
    select
        'list' as kind,
        list_name as set_name,
        list_number as item_number,
        list_value as item,
        0 as lower_bound
    from lists
),

differing as (
    select
        coalesce(written.set_name, seeded.set_name) as set_name,
        coalesce(written.item_number, seeded.item_number) as item_number,
        written.item as item_of_macro,
        seeded.item as item_of_seed,
        written.lower_bound as lower_bound_of_macro,
        seeded.lower_bound as lower_bound_of_seed
    from written
    full join seeded
        on written.kind = seeded.kind
            and written.set_name = seeded.set_name
            and written.item_number = seeded.item_number
)

select * from differing
where item_of_macro is distinct from item_of_seed
    or lower_bound_of_macro is distinct from lower_bound_of_seed
