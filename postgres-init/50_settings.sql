-- Names without a schema find gold first; all times are UTC, whatever the client's zone.
do $$
begin
    execute format(
        'alter database %I set search_path = gold, silver, bronze, stats, public',
        current_database()
    );
    execute format('alter database %I set timezone = %L', current_database(), 'UTC');
end
$$;
