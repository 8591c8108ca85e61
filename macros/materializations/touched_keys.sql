{# The incremental strategy of the project: a model returns the rows whose keys are touched. Every
   key among them is deleted from the target and the rows with _is_alive (all rows, when the model
   has no such column) are inserted, in one transaction.

   config: unique_key (column or list); touched_by (optional, column or list): the rows of the
   target with an equal touched_by are deleted as well, from touched_from (a column of the
   target) >= the row's _touched_from on, where the model returns a column _touched_from (null:
   none); append_only (optional): the rows are new ones by nature, nothing is looked for to delete.

   touched: the table that holds the model's rows. #}
{% macro touched_keys_sql(target_relation, touched) -%}
    {%- set touched_names = touched_columns(target_relation, touched) -%}
    {%- set columns = standing_columns(target_relation) | join(', ') -%}
    {%- set unique_key = config.require('unique_key') -%}
    {%- set unique_key = [unique_key] if unique_key is string else unique_key -%}
    {%- set touched_by = config.get('touched_by') -%}
    {%- set touched_from = config.get('touched_from') -%}
    {%- if touched_by -%}
        {%- set touched_by = [touched_by] if touched_by is string else touched_by -%}
    delete from {{ target_relation }} as built
    using (
        select distinct {{ touched_by | join(', ') }}{{ ', _touched_from' if touched_from }}
        from {{ touched }}
        {{ 'where _touched_from is not null' if touched_from }}
    ) as touched
    where {% for column in touched_by -%}
        built.{{ column }} = touched.{{ column }}{{ ' and ' if not loop.last }}
        {%- endfor %}
        {%- if touched_from %} and built.{{ touched_from }} >= touched._touched_from{% endif %};
    {%- endif %}
    {%- if not config.get('append_only') %}
    delete from {{ target_relation }} as built
    using (
        select distinct {{ unique_key | join(', ') }}
        from {{ touched }} as keys
        {%- if touched_from %}
        -- not again what has gone already
        where not exists (
            select 1
            from {{ touched }} as owners
            where owners._touched_from is not null
                and owners._touched_from <= keys.{{ touched_from }}
                and {{ equal_keys(touched_by, 'owners', 'keys') }}
        )
        {%- endif %}
    ) as touched
    where {% for column in unique_key -%}
        built.{{ column }} = touched.{{ column }}{{ ' and ' if not loop.last }}
        {%- endfor %};
    {%- endif %}
    insert into {{ target_relation }} ({{ columns }})
    select {{ columns }} from {{ touched }}
    {{ 'where _is_alive' if '_is_alive' in touched_names }}
{%- endmacro %}

{# The names of the columns of the touched rows, which must hold all of the target's. #}
{% macro touched_columns(target_relation, touched) -%}
    {%- set names = column_names(touched) -%}
    {%- for name in standing_columns(target_relation) if name not in names -%}
        {%- do exceptions.raise_compiler_error(
            this.identifier ~ ": column " ~ name
            ~ " stands in the table but not in the model; build it with --full-refresh."
        ) -%}
    {%- endfor -%}
    {{ return(names) }}
{%- endmacro %}

{# The columns of the model's own table, but for the one that lays it out on Spark. They are asked
   for once: an increment changes none, and macros ask often. #}
{% macro standing_columns(relation) -%}
    {%- if '_standing_columns' not in model -%}
        {%- do model.update({
            '_standing_columns': column_names(relation) | reject('equalto', '_partition') | list
        }) -%}
    {%- endif -%}
    {{ return(model['_standing_columns']) }}
{%- endmacro %}

{# The columns of a relation. PostgreSQL's information_schema is slow to say them; the answer to a
   query that finds nothing names them too. #}
{% macro column_names(relation) -%}
    {{ return(adapter.dispatch('column_names', 'bullion')(relation)) }}
{%- endmacro %}
{% macro default__column_names(relation) -%}
    {{ return(adapter.get_columns_in_relation(relation) | map(attribute='name') | list) }}
{%- endmacro %}
{% macro postgres__column_names(relation) -%}
    {{ return(
        adapter.get_column_schema_from_query('select * from ' ~ relation ~ ' where false')
        | map(attribute='name') | list
    ) }}
{%- endmacro %}

{# The model's query for a new table, checked against its contract. #}
{% macro contracted_query(sql) -%}
    {%- set contract = config.get('contract') -%}
    {%- if contract and contract.enforced -%}{%- do get_assert_columns_equivalent(sql) -%}{%- endif -%}
    select {{ typed_columns() }} from (
        {{ sql }}
    ) as built
{%- endmacro %}
