-- The layers. On an external server the one who runs this becomes a member of the owning roles,
-- which creating a schema for them requires.
do $$
declare
    layer record;
    is_superuser boolean := (select rolsuper from pg_roles where rolname = current_user);
begin
    for layer in
        select *
        from (
            values
            ('bronze', 'loader', 'Raw extracts, append-only batches.'),
            ('silver', 'transformer', 'Cleaned and tested: one row a key.'),
            ('gold', 'transformer', 'Star schema and analytics, without personal data.'),
            ('gold_pii', 'transformer', 'Personal data of the customers in gold, one to one.'),
            ('stats', 'transformer', 'Statistical functions.')
        ) as layers (name, owner, description)
    loop
        if not is_superuser and not pg_has_role(current_user, layer.owner, 'member') then
            execute format('grant %I to current_user', layer.owner);
        end if;
        if not exists (select from pg_namespace where nspname = layer.name) then
            execute format('create schema %I authorization %I', layer.name, layer.owner);
            execute format('comment on schema %I is %L', layer.name, layer.description);
        end if;
    end loop;
    -- Builds with a suffix (tests, as-of builds) make schemas of their own.
    execute format('grant create on database %I to loader, transformer', current_database());
end
$$;
