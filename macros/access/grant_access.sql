{# After a build: the group roles may use the schemas that it wrote. Silver, rejects and quarantine
   hold personal data and go to no reader. Roles that a server has not are passed over; what is granted
   already is not granted again, so that a grant in the server's log is one. #}
{% macro grant_access(schemas) -%}
    {%- if execute and target.type == 'postgres' -%}
        {%- set readers = {
            'gold': ['reader', 'pii_reader', 'auditor'],
            'stats': ['reader', 'pii_reader', 'auditor'],
            'gold_pii': ['pii_reader'],
        } -%}
        {%- if assume_role() -%}{%- do run_query(assume_role()) -%}{%- endif -%}
        {%- set tail = ('_asof' if var('as_of', none) else '')
            ~ var('schema_suffix', env_var('BULLION_SCHEMA_SUFFIX', '')) -%}
        {%- set wanted = [] -%}
        {#- No model is in stats: its functions are made before every build. -#}
        {%- for layer, roles in readers.items()
            if layer ~ tail in schemas or layer == 'stats' -%}
            {%- for role in roles -%}
                {%- do wanted.append("('" ~ layer ~ tail ~ "', '" ~ role ~ "')") -%}
            {%- endfor -%}
        {%- endfor -%}
        {%- for statement in run_query(_lacking_grants_sql(wanted, 'silver' ~ tail)).columns[0].values() %}
            {{ statement }};
        {%- endfor -%}
    {%- endif -%}
{%- endmacro %}

{# The grants that are lacking, and of the auditor's the one that earlier releases gave too much. #}
{% macro _lacking_grants_sql(wanted, silver) -%}
    with wanted as (
        select pg_namespace.oid as schema_oid, nspname, rolname
        from (values {{ wanted | join(', ') }}) as named (schema_name, role_name)
        join pg_namespace on nspname = schema_name
        join pg_roles on rolname = role_name
    )

    select format('grant usage on schema %I to %I', nspname, rolname)
    from wanted
    where not has_schema_privilege(rolname, schema_oid, 'usage')
    union all
    select format('grant select on all tables in schema %I to %I', nspname, rolname)
    from wanted
    where exists (
        select from pg_class
        where relnamespace = schema_oid and relkind in ('r', 'p', 'v', 'm', 'f')
            and not has_table_privilege(rolname, pg_class.oid, 'select')
    )
    union all
    select format('revoke usage on schema %I from auditor', nspname)
    from pg_namespace
    join pg_roles on rolname = 'auditor'
    where nspname = '{{ silver }}' and has_schema_privilege(rolname, pg_namespace.oid, 'usage')
{%- endmacro %}
