-- Who did what, in the server's log ('bullion audit' reads it): each read of personal data and each
-- definition that has changed, without the statement, which may hold a password or a person. The
-- time, the user and the database stand before the line (log_line_prefix). Roles and their
-- passwords are no event that PostgreSQL tells of.
create schema if not exists audit;
-- Builds put the policy on the tables that they make.
grant usage on schema audit to transformer;

-- The condition of a policy on each table of gold_pii, true for everybody: PostgreSQL asks for it
-- once in each statement that reads the table, by whatever view or function. Owner and
-- administrator pass by.
create or replace function audit.note_read(table_name text) returns boolean
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
set log_min_error_statement = 'panic'
set log_error_verbosity = 'terse'
set client_min_messages = 'notice'
as $$
begin
    raise log 'bullion audit: READ % (%)', table_name, current_setting('application_name');
    return true;
end
$$;

create or replace function audit.note_definition() returns event_trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
set log_min_error_statement = 'panic'
set log_error_verbosity = 'terse'
set client_min_messages = 'notice'
as $$
declare
    changed record;
begin
    -- A build makes thousands of them, which dbt's own log has.
    if
        current_setting('role') = 'transformer'
        and tg_tag not in ('GRANT', 'REVOKE', 'ALTER DEFAULT PRIVILEGES')
    then
        return;
    end if;
    if tg_event = 'sql_drop' then
        for changed in
            select object_identity as name
            from pg_event_trigger_dropped_objects()
            where original and not is_temporary
        loop
            raise log 'bullion audit: % %', tg_tag, changed.name;
        end loop;
    else
        for changed in
            select coalesce(object_identity, lower(object_type)) as name
            from pg_event_trigger_ddl_commands()
            where schema_name is distinct from 'pg_temp' and not in_extension
        loop
            raise log 'bullion audit: % %', tg_tag, changed.name;
        end loop;
    end if;
end
$$;

do $$
declare
    personal text;
begin
    -- Builds do so for the tables that they make.
    for personal in
        select oid::regclass::text
        from pg_class
        where
            relnamespace::regnamespace::text like 'gold\_pii%' and relkind = 'r'
            and not exists (select from pg_policy where polrelid = pg_class.oid)
    loop
        execute format('alter table %s enable row level security', personal);
        execute format(
            'create policy bullion_reads on %s for select using ((select audit.note_read(%L)))',
            personal, personal
        );
    end loop;
    -- Of what a build makes most are comments and indexes: PostgreSQL leaves those out by itself.
    if not exists (select from pg_event_trigger where evtname = 'bullion_definitions') then
        create event trigger bullion_definitions on ddl_command_end
        when tag in (
            'ALTER DEFAULT PRIVILEGES', 'ALTER FOREIGN TABLE', 'ALTER FUNCTION',
            'ALTER MATERIALIZED VIEW', 'ALTER POLICY', 'ALTER PROCEDURE', 'ALTER SCHEMA',
            'ALTER SEQUENCE', 'ALTER TABLE', 'ALTER TRIGGER', 'ALTER VIEW', 'CREATE EXTENSION',
            'CREATE FOREIGN TABLE', 'CREATE FUNCTION', 'CREATE MATERIALIZED VIEW', 'CREATE POLICY',
            'CREATE PROCEDURE', 'CREATE PUBLICATION', 'CREATE RULE', 'CREATE SCHEMA',
            'CREATE SEQUENCE', 'CREATE SERVER', 'CREATE TABLE', 'CREATE TABLE AS', 'CREATE TRIGGER',
            'CREATE USER MAPPING', 'CREATE VIEW', 'GRANT', 'IMPORT FOREIGN SCHEMA', 'REVOKE',
            'SELECT INTO'
        )
        execute function audit.note_definition();
        create event trigger bullion_drops on sql_drop
        execute function audit.note_definition();
    end if;
end
$$;
