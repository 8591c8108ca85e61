{# What the model under test promises by its contract and by its unique indexes: {not_null: columns,
   keys: lists of columns, the primary key first}. Nothing before dbt executes. #}
{% macro contract_promises() -%}
    {%- set promises = {'not_null': [], 'keys': []} -%}
    {%- set tested = graph.nodes[model.attached_node] if execute else {} -%}
    {%- for constraint in tested.constraints or [] if constraint.type == 'primary_key' -%}
        {%- do promises['keys'].append(constraint.columns) -%}
    {%- endfor -%}
    {%- set indexes = (tested.config or {}).get('indexes') or [] -%}
    {%- for index in indexes if index.unique and not index.where -%}
        {%- do promises['keys'].append(index.columns) -%}
    {%- endfor -%}
    {%- for column in (tested.columns or {}).values() -%}
        {%- if column.constraints | selectattr('type', 'equalto', 'not_null') | list -%}
            {%- do promises.not_null.append(column.name) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(promises) }}
{%- endmacro %}

{# The columns that must be shown not to be null: those given, and of the contract's what the engine
   lets through. #}
{% macro unproved_columns(own, not_null) -%}
    {%- set columns = not_null | list -%}
    {%- if not enforces_keys() -%}
        {%- do columns.extend(own['keys'][0] if own['keys'] else []) -%}
    {%- endif -%}
    {%- if not enforces_not_null() -%}
        {%- do columns.extend(own.not_null) -%}
    {%- endif -%}
    {{ return(columns | unique | list) }}
{%- endmacro %}

{# The keys that must be shown to be unique, as {columns, where}: those given, less what a unique
   index of the model enforces, or plus what it would. Of a key of several columns an index lets two
   rows with a null pass, so it counts only where none can be null. #}
{% macro unproved_keys(own, unique_keys, not_null) -%}
    {%- set found = [] -%}
    {%- set given = own.not_null + not_null -%}
    {%- set enforced = [] -%}
    {%- for key in own['keys'] -%}
        {%- if enforces_keys() and (key | length == 1 or key | reject('in', given) | list == []) -%}
            {%- do enforced.append(key | sort) -%}
        {%- elif not enforces_keys() -%}
            {%- do found.append({'columns': key, 'where': none}) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- for key in unique_keys -%}
        {%- set where = key.where if key is mapping else none -%}
        {%- set columns = key.columns if key is mapping else ([key] if key is string else key) -%}
        {%- if where or columns | sort not in enforced -%}
            {%- do found.append({'columns': columns, 'where': where}) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(found) }}
{%- endmacro %}

{# Whether the engine holds a table to its not-null columns, and to its keys. #}
{% macro enforces_not_null() -%}
    {{ return(adapter.dispatch('enforces_not_null', 'bullion')()) }}
{%- endmacro %}
{% macro default__enforces_not_null() -%}{{ return(true) }}{%- endmacro %}
{% macro spark__enforces_not_null() -%}{{ return(false) }}{%- endmacro %}

{% macro enforces_keys() -%}
    {{ return(adapter.dispatch('enforces_keys', 'bullion')()) }}
{%- endmacro %}
{% macro default__enforces_keys() -%}{{ return(false) }}{%- endmacro %}
{% macro postgres__enforces_keys() -%}{{ return(true) }}{%- endmacro %}
