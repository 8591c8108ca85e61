-- Group roles: who may do what. Logins are made members of them. Roles belong to the whole server,
-- so another warehouse on it may have made them already.
do $$
declare
    wanted text;
begin
    foreach wanted in array array[
        'archivist', 'loader', 'transformer', 'reader', 'pii_reader', 'auditor'
    ] loop
        if not exists (select from pg_roles where rolname = wanted) then
            execute format('create role %I nologin', wanted);
        end if;
    end loop;
    comment on role archivist is
        'Owns bronze: alters its tables and erases rows; no login inherits it.';
    comment on role loader is 'Appends raw batches to bronze; changes and erases none.';
    comment on role transformer is 'Owns silver, gold, gold_pii, stats: builds the warehouse.';
    comment on role reader is 'Reads gold, which holds no personal data.';
    comment on role pii_reader is 'Reads gold and gold_pii.';
    comment on role auditor is 'Reads gold and the control totals of bronze.';
exception when insufficient_privilege then
    -- Made by another administrator of this server: what counts is that they are there.
    if (
        select count(*) from pg_roles
        where
            rolname in ('archivist', 'loader', 'transformer', 'reader', 'pii_reader', 'auditor')
    ) < 6 then
        raise;
    end if;
end
$$;
