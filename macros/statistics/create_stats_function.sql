{# A function of schema stats, made in the same way on every engine from one definition, before any
   model (on-run-start). The body is one expression of portable SQL over the parameters, so that
   every engine puts it in place of the call; it reads no table and no clock.
     {{ create_stats_function('odds', [('share', 'double precision')], 'double precision',
                              'share / (1 - share)') }}
   Models call it as {{ stats_schema() }}.odds(...). Types are those of contracts. PostgreSQL makes
   it again only when the definition has changed, under a lock, for builds may run side by side. #}
{% macro create_stats_function(name, parameters, returns, expression) -%}
    {%- if execute -%}
        {%- set schema = stats_schema() -%}
        {%- do adapter.create_schema(
            api.Relation.create(database=target.get('database'), schema=schema)
        ) -%}
        {%- if assume_role() -%}{%- do run_query(assume_role()) -%}{%- endif -%}
        {%- set typed = [] -%}
        {%- for parameter, data_type in parameters -%}
            {%- do typed.append({'name': parameter, 'type': engine_type(data_type)}) -%}
        {%- endfor -%}
        {%- do adapter.dispatch('create_stats_function', 'bullion')(
            schema, name, typed, engine_type(returns), expression
        ) -%}
    {%- endif -%}
{%- endmacro %}

{# The schema of the statistical functions; an engine other than PostgreSQL has no search path. #}
{% macro stats_schema() -%}{{ return(generate_schema_name('stats', none) | trim) }}{%- endmacro %}

{% macro default__create_stats_function(schema, name, parameters, returns, expression) -%}
    {%- set declared = [] -%}
    {%- for parameter in parameters -%}
        {%- do declared.append(parameter.name ~ ' ' ~ parameter.type) -%}
    {%- endfor -%}
    {%- set signature = name ~ '(' ~ parameters | map(attribute='type') | join(', ') ~ ')' -%}
    {%- set definition -%}
        {{ schema }}.{{ name }}({{ declared | join(', ') }}) returns {{ returns }}
        language sql immutable parallel safe as $body$ select {{ expression }} $body$
    {%- endset -%}
    {%- set version = local_md5(definition) -%}
    {%- call statement('create_stats_function', auto_begin=false) -%}
        do $do$
        declare
            other regprocedure;
        begin
            perform pg_advisory_xact_lock(hashtext('{{ schema }} functions'));
            if obj_description(to_regprocedure('{{ schema }}.{{ signature }}'), 'pg_proc')
                is not distinct from '{{ version }}' then
                return;
            end if;
            -- Other types or names of parameters: two functions of one name would be ambiguous,
            -- and a replaced one keeps its parameters' names.
            for other in
                select oid from pg_proc
                where pronamespace = '{{ schema }}'::regnamespace and proname = '{{ name }}'
                    and (
                        oid is distinct from to_regprocedure('{{ schema }}.{{ signature }}')
                        or prorettype <> '{{ returns }}'::regtype
                        or proargnames is distinct from array[
                            {%- for parameter in parameters -%}
                                '{{ parameter.name }}'{{ ', ' if not loop.last }}
                            {%- endfor -%}
                        ]::text[]
                    )
            loop
                execute format('drop function %s', other);
            end loop;
            create or replace function {{ definition }};
            comment on function {{ schema }}.{{ signature }} is '{{ version }}';
        end
        $do$
    {%- endcall -%}
{%- endmacro %}

{% macro duckdb__create_stats_function(schema, name, parameters, returns, expression) -%}
    {%- call statement('create_stats_function', auto_begin=false) -%}
        create or replace macro {{ schema }}.{{ name }}(
            {%- for parameter in parameters -%}
                {{ parameter.name }} {{ parameter.type }}{{ ', ' if not loop.last }}
            {%- endfor -%}
        ) as cast({{ expression }} as {{ returns }})
    {%- endcall -%}
{%- endmacro %}

{% macro spark__create_stats_function(schema, name, parameters, returns, expression) -%}
    {%- call statement('create_stats_function') -%}
        create or replace function {{ schema }}.{{ name }}(
            {%- for parameter in parameters -%}
                {{ parameter.name }} {{ parameter.type }}{{ ', ' if not loop.last }}
            {%- endfor -%}
        ) returns {{ returns }} deterministic return {{ expression }}
    {%- endcall -%}
{%- endmacro %}
