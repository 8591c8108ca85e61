{# Reads of a table of personal data are noted in the server's log, by a policy that hides no row
   (postgres-init/70_audit_login.sql). Not on a server that has no such function. #}
{% macro note_reads(relation) -%}
    {%- if this.schema.startswith('gold_pii') and run_query(
        "select to_regprocedure('audit.note_read(text)') is not null and not exists ("
        ~ "select from pg_policy where polname = 'bullion_reads' and polrelid = '"
        ~ relation ~ "'::regclass)"
    ).columns[0].values()[0] -%}
        {%- call statement('note_reads') -%}
            alter table {{ relation }} enable row level security;
            create policy bullion_reads on {{ relation }} for select
            using ((select audit.note_read('{{ this.schema }}.{{ this.identifier }}')))
        {%- endcall -%}
    {%- endif -%}
{%- endmacro %}
