{# After a build: the group roles may use the schemas that it wrote. Silver, rejects and quarantine
   hold personal data and go to no reader. Roles that a server has not are passed over. #}
{% macro grant_access(schemas) -%}
    {%- if execute and target.type == 'postgres' -%}
        {%- set readers = {
            'gold': ['reader', 'pii_reader', 'auditor'],
            'stats': ['reader', 'pii_reader', 'auditor'],
            'gold_pii': ['pii_reader'],
        } -%}
        {%- if assume_role() -%}{%- do run_query(assume_role()) -%}{%- endif -%}
        {%- set present = run_query("select rolname from pg_roles").columns[0].values() -%}
        {%- set tail = ('_asof' if var('as_of', none) else '')
            ~ var('schema_suffix', env_var('BULLION_SCHEMA_SUFFIX', '')) -%}
        {#- No model is in stats: its functions are made before every build. -#}
        {%- for layer, roles in readers.items()
            if layer ~ tail in schemas or layer == 'stats' -%}
            {%- for role in roles if role in present %}
                grant usage on schema {{ layer ~ tail }} to {{ role }};
                grant select on all tables in schema {{ layer ~ tail }} to {{ role }};
            {%- endfor -%}
        {%- endfor -%}
    {%- endif -%}
{%- endmacro %}
