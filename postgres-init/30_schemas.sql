-- The layers. On an external server the one who runs this becomes a member of the owning roles,
-- which creating a schema for them requires. Bronze that an earlier release gave to the loader goes
-- to its owner of today.
do $$
declare
    layer record;
    standing record;
    is_superuser boolean := (select rolsuper from pg_roles where rolname = current_user);
begin
    -- Builds with a suffix (tests, as-of builds) make schemas of their own.
    execute format(
        'grant create on database %I to archivist, loader, transformer', current_database()
    );
    for layer in
        select *
        from (
            values
            ('bronze', 'archivist', 'Raw extracts, append-only batches.'),
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
    execute 'alter schema bronze owner to archivist';
    for standing in
        select
            case relkind when 'S' then 'sequence' else 'table' end as kind,
            oid::regclass::text as name
        from pg_class
        where
            relnamespace = 'bronze'::regnamespace
            and relkind in ('r', 'p', 'S')
            and pg_get_userbyid(relowner) in ('loader', 'bullion', current_user)
            -- The sequence of an identity column goes with its table.
            and not exists (
                select from pg_depend
                where classid = 'pg_class'::regclass and objid = pg_class.oid and deptype = 'i'
            )
        union all
        select 'function', oid::regprocedure::text
        from pg_proc
        where
            pronamespace = 'bronze'::regnamespace
            and pg_get_userbyid(proowner) in ('loader', 'bullion', current_user)
    loop
        execute format('alter %s %s owner to archivist', standing.kind, standing.name);
    end loop;
end
$$;
