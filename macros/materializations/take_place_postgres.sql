{# A table that has been built beside the standing relation takes its place, in the open
   transaction.

   Usually nothing hangs on the standing one: it is dropped and the new one renamed, with the grants
   that others had been given on it. Otherwise, and where a reader's transaction holds it for longer
   than a moment, the standing table stays and takes over the columns, the rows and the indexes of
   the new one (refill_postgres.sql): so views, foreign keys and whatever else others have made live
   on. Where that cannot be, since a view needs a column that goes, the model ends with the view's
   name and all is as it was. Views of this project alone are no hindrance: they are built after it.
   #}
{% macro take_place(existing, built) -%}
    {%- set drop = 'drop ' ~ existing.type ~ ' ' ~ existing -%}
    {%- set rename = 'alter table ' ~ built ~ ' rename to ' ~ adapter.quote(existing.identifier) -%}
    {%- if patiently(
        existing, [drop, rename], 1, must=false, only_if=is_alone_sql(existing, built),
        before='analyze ' ~ built
    ) -%}
        {{ return(adapter.cache_dropped(existing)) }}
    {%- endif -%}
    {%- set hanging = hanging_on(existing, built) -%}
    {%- set foreign = foreign_of(hanging) -%}
    {%- if not existing.is_table -%}
        {%- if foreign -%}{%- do refuse_to_drop(existing, foreign) -%}{%- endif -%}
        {%- do patiently(existing, [drop ~ ' cascade']) -%}
        {%- do put_in_place(existing, built, hanging.grants) -%}
    {%- elif not foreign and not hanging.views and patiently(existing, [drop], 1, must=false) -%}
        {%- do put_in_place(existing, built, hanging.grants) -%}
    {%- else -%}
        {%- set changes = changes_of(existing, built) -%}
        {%- if changes.loses_columns and hanging.views and not foreign -%}
            {%- do patiently(existing, drops_of_own_views(hanging) + [drop]) -%}
            {%- do forget_dropped_views(hanging) -%}
            {%- do put_in_place(existing, built, hanging.grants) -%}
        {%- else -%}
            {%- if changes.loses_columns -%}{%- do drop_own_views(hanging) -%}{%- endif -%}
            {%- do refill(existing, built, changes) -%}
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}

{# Of the views of this project, which are built anew later, the drops in an order that works. #}
{% macro drops_of_own_views(hanging) -%}
    {%- set drops = [] -%}
    {%- for name, is_own in hanging.views | reverse if is_own -%}
        {%- do drops.append('drop view ' ~ name) -%}
    {%- endfor -%}
    {{ return(drops) }}
{%- endmacro %}

{# Drops those that nobody else's view hangs on; the columns of the others must stay. #}
{% macro drop_own_views(hanging) -%}
    {%- for drop in drops_of_own_views(hanging) -%}
        {%- call statement('drop_own_view') -%}
            do $own$
            begin
                {{ drop }};
            exception when dependent_objects_still_exist then null;
            end
            $own$
        {%- endcall -%}
    {%- endfor -%}
    {%- do forget_dropped_views(hanging) -%}
{%- endmacro %}

{# Lets dbt know which of them have gone. #}
{% macro forget_dropped_views(hanging) -%}
    {%- for name, is_own in hanging.views
        if is_own and run_query("select to_regclass('" ~ name ~ "')").columns[0].values()[0] is none -%}
        {%- set schema, identifier = name.split('.') -%}
        {%- do adapter.cache_dropped(this.incorporate(
            path={'schema': schema, 'identifier': identifier}, type='view'
        )) -%}
    {%- endfor -%}
{%- endmacro %}

{% macro put_in_place(existing, built, grants) -%}
    {%- do adapter.cache_dropped(existing) -%}
    {%- call statement('take_place') -%}
        alter {{ 'view' if built.is_view else 'table' }} {{ built }} rename to {{ adapter.quote(existing.identifier) }};
        {%- for grant in grants %}
        {{ grant | replace(built.render(), existing.render()) }};
        {%- endfor %}
    {%- endcall -%}
{%- endmacro %}

{% macro refuse_to_drop(existing, foreign) -%}
    {%- do exceptions.raise_compiler_error(
        _name_of(existing) ~ " is left as it is, for it would have to be dropped and others depend on it ("
        ~ foreign | join(', ') ~ "): drop those, build, and make them again."
    ) -%}
{%- endmacro %}
