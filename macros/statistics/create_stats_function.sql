{# A function of schema stats, made in the same way on PostgreSQL and DuckDB from one definition,
   before any model (on-run-start). The body is one expression of portable SQL over the parameters,
   so that both put it in place of the call; it reads no table and no clock. (Spark has none: what
   calls them is built by DuckDB there.)
     {{ create_stats_function('odds', [('share', 'double precision')], 'double precision',
                              'share / (1 - share)') }}
   Models call it as {{ stats_schema() }}.odds(...). Types are those of contracts. PostgreSQL makes
   it again only when the definition has changed, under a lock, for builds may run side by side. #}
{% macro create_stats_function(name, parameters, returns, expression) -%}
    {%- do make_stats_functions([{
        'name': name, 'parameters': parameters, 'returns': returns, 'expression': expression,
    }]) -%}
{%- endmacro %}

{# The same for a list of functions, in the order of use. A parameter without a type and a function
   without "returns" are doubles; "stats." in an expression is the schema. "once" says that the body
   uses its parameters many times: DuckDB, which puts the argument's text in place of each use, then
   computes it once. (PostgreSQL calls such a function rather than repeat a costly argument.) #}
{% macro make_stats_functions(functions) -%}
    {%- if execute -%}
        {%- set schema = stats_schema() -%}
        {%- do adapter.create_schema(
            api.Relation.create(database=target.get('database'), schema=schema)
        ) -%}
        {%- if assume_role() -%}{%- do run_query(assume_role()) -%}{%- endif -%}
        {%- set definitions = [] -%}
        {%- for function in functions -%}
            {%- set typed = [] -%}
            {%- for parameter in function.parameters -%}
                {%- set name, data_type = (parameter, 'double precision')
                    if parameter is string else parameter -%}
                {%- do typed.append({'name': name, 'type': engine_type(data_type)}) -%}
            {%- endfor -%}
            {%- do definitions.append({
                'name': function.name,
                'parameters': typed,
                'returns': engine_type(function.get('returns', 'double precision')),
                'expression': function.expression | replace('stats.', schema ~ '.'),
                'once': function.get('once', false),
            }) -%}
        {%- endfor -%}
        {%- do adapter.dispatch('make_stats_functions', 'bullion')(schema, definitions) -%}
    {%- endif -%}
{%- endmacro %}

{# The schema of the statistical functions; an engine other than PostgreSQL has no search path. #}
{% macro stats_schema() -%}{{ return(generate_schema_name('stats', none) | trim) }}{%- endmacro %}

{# One query tells which functions stand as they are defined. #}
{% macro default__make_stats_functions(schema, definitions) -%}
    {%- set standing = {} -%}
    {%- set found = run_query(
        "select proname, obj_description(oid, 'pg_proc') from pg_proc where pronamespace = '"
        ~ schema ~ "'::regnamespace order by oid"
    ) -%}
    {%- for row in found.rows -%}{%- do standing.update({row[0]: row[1]}) -%}{%- endfor -%}
    {%- for definition in definitions -%}
        {%- do create_postgres_function(schema, definition, standing.get(definition.name)) -%}
    {%- endfor -%}
{%- endmacro %}

{% macro create_postgres_function(schema, function, standing) -%}
    {%- set name, parameters, returns = function.name, function.parameters, function.returns -%}
    {%- set declared = [] -%}
    {%- for parameter in parameters -%}
        {%- do declared.append(parameter.name ~ ' ' ~ parameter.type) -%}
    {%- endfor -%}
    {%- set signature = name ~ '(' ~ parameters | map(attribute='type') | join(', ') ~ ')' -%}
    {%- set definition -%}
        {{ schema }}.{{ name }}({{ declared | join(', ') }}) returns {{ returns }}
        language sql immutable parallel safe as $body$ select {{ function.expression }} $body$
    {%- endset -%}
    {%- set version = local_md5(definition) -%}
    {%- if version == standing -%}{{ return('') }}{%- endif -%}
    {%- call statement('create_stats_function', auto_begin=false) -%}
        do $do$
        declare
            other regprocedure;
        begin
            begin
                perform set_config('lock_timeout', '2s', true);
                perform pg_advisory_xact_lock(hashtext('{{ schema }} functions'));
            exception when lock_not_available then
                -- Anybody may hold it: it spares two builds a clash, and is worth no longer wait.
                null;
            end;
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

{% macro duckdb__make_stats_functions(schema, definitions) -%}
    {%- set standing = {} -%}
    {%- set found = run_query(
        "select distinct function_name, comment from duckdb_functions() where schema_name = '"
        ~ schema ~ "' and database_name = current_database() and function_type = 'macro'"
    ) -%}
    {%- for row in found.rows -%}{%- do standing.update({row[0]: row[1]}) -%}{%- endfor -%}
    {%- for function in definitions -%}
        {%- set definition -%}
            {{ schema }}.{{ function.name }}(
                {{- function.parameters | map(attribute='name') | join(', ') -}}
            ) as cast({{ duckdb_function_body(function) }} as {{ function.returns }})
        {%- endset -%}
        {%- set version = local_md5(definition) -%}
        {%- if standing.get(function.name) != version -%}
            {%- call statement('create_stats_function', auto_begin=false) -%}
                create or replace macro {{ definition }};
                comment on macro {{ schema }}.{{ function.name }} is '{{ version }}'
            {%- endcall -%}
        {%- endif -%}
    {%- endfor -%}
{%- endmacro %}

{# The body's text with its parameters cast: DuckDB would bind the arguments of a macro with typed
   parameters twice, and so those of nested calls 2^depth times. Computed once, the parameters are
   the fields of a lambda's only value; all go in together, so that no argument is read inside of
   it, where a parameter may have the same name. #}
{% macro duckdb_function_body(function) -%}
    {%- set names = function.parameters | map(attribute='name') | list -%}
    {%- set types = function.parameters | map(attribute='type') | list -%}
    {%- set body = namespace(value=function.expression) -%}
    {%- set fields = [] -%}
    {%- for name in names -%}
        {%- set value = 'cast(' ~ name ~ ' as ' ~ types[loop.index0] ~ ')' -%}
        {%- do fields.append(name ~ ' := ' ~ value) -%}
        {%- set body.value = modules.re.sub(
            '(?<![.\\w])' ~ name ~ '\\b(?!\\()',
            'given.' ~ name if function.once else value, body.value
        ) -%}
    {%- endfor -%}
    {{ return(
        'list_transform([struct_pack(' ~ fields | join(', ') ~ ')], lambda given: '
            ~ body.value ~ ')[1]'
        if function.once else body.value
    ) }}
{%- endmacro %}
