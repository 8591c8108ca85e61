-- The login of loads and builds, on servers that are this project's own (embedded, compose). Its
-- password is set by whoever holds it ('bullion up'), never here.
do $$
begin
    if not exists (select from pg_roles where rolname = 'bullion') then
        create role bullion login;
    end if;
    execute format('alter database %I owner to bullion', current_database());
end
$$;

grant loader, transformer to bullion;
-- To make and alter raw tables it becomes their owner, by name; what it loads it may not change.
grant archivist to bullion with inherit false, set true;
