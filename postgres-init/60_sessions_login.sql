-- Who gets how much of a server of this project's own. The limits of everybody stand in its
-- configuration (bullion server-config); those who load, build and administer have none.
do $$
declare
    worker text;
    setting text;
begin
    foreach worker in array array['bullion', current_user] loop
        foreach setting in array array[
            'statement_timeout = 0',
            'idle_in_transaction_session_timeout = 0',
            'temp_file_limit = -1'
        ] loop
            execute format('alter role %I set %s', worker, setting);
        end loop;
    end loop;
end
$$;

-- However many readers are connected, there is room for a load and a build; and who waits for a
-- lock can say who holds it, and since when.
grant pg_use_reserved_connections to bullion;
grant pg_read_all_stats to bullion, loader, transformer;
