-- What each role reads. Tables are rebuilt by every build, so the grants are defaults that new
-- tables get, for each role that may create them, and once for the tables that exist.
grant usage on schema bronze to loader, transformer, auditor;
grant usage on schema gold, stats to reader, pii_reader, auditor;
grant usage on schema gold_pii to pii_reader;

-- The personal data in bronze and silver, in rejected_rows and quarantine, stays with those who
-- load and build: no reader is granted them.
grant select on all tables in schema bronze to transformer;
revoke all on schema silver from auditor;
revoke all on all tables in schema silver from auditor;
grant select on all tables in schema gold to reader, pii_reader, auditor;
grant select on all tables in schema gold_pii to pii_reader;

do $$
declare
    creator text;
    audit_table text;
begin
    for creator in
        select rolname
        from pg_roles
        where
            rolname in ('bullion', 'archivist', 'loader', 'transformer', current_user)
            and (
                pg_has_role(current_user, rolname, 'member')
                or (select rolsuper from pg_roles where rolname = current_user)
            )
    loop
        execute format(
            'alter default privileges for role %I in schema bronze '
            'grant select on tables to transformer',
            creator
        );
        -- What is loaded is appended: nobody but its owner changes or erases a row.
        execute format(
            'alter default privileges for role %I in schema bronze '
            'grant select, insert on tables to loader',
            creator
        );
        execute format(
            'alter default privileges for role %I in schema bronze '
            'grant usage, select, update on sequences to loader',
            creator
        );
        execute format(
            'alter default privileges for role %I in schema gold '
            'grant select on tables to reader, pii_reader, auditor',
            creator
        );
        execute format(
            'alter default privileges for role %I in schema gold_pii '
            'grant select on tables to pii_reader',
            creator
        );
    end loop;
    grant select, insert on all tables in schema bronze to loader;
    -- To read them is what pg_dump needs of them.
    grant usage, select, update on all sequences in schema bronze to loader;
    if to_regclass('bronze.load_lock') is not null then
        grant update on bronze.load_lock to loader;
    end if;
    foreach audit_table in array array['load_audit', 'load_control_totals'] loop
        if to_regclass(format('bronze.%I', audit_table)) is not null then
            execute format('grant select on bronze.%I to auditor', audit_table);
        end if;
    end loop;
end
$$;
