{# Statements that need a lock which readers hold up, such as ACCESS EXCLUSIVE. They are tried again
   and again, each time for a moment: whoever waits for such a lock keeps all others waiting who
   come later, so that one open transaction would stop every reader of the table for as long as it
   lasts. True once they have run; where that has not come to pass in time, false, or with `must` an
   error that says who holds the relation and what to do.

   seconds: how long to try (var lock_wait_seconds, or BULLION_LOCK_WAIT_SECONDS; 60); only_if: a
   condition without which nothing is tried; before: a statement that needs no lock. #}
{% macro patiently(
    relation, statements, seconds=none, must=true, only_if='true', before=none
) -%}
    {%- set seconds = lock_wait_seconds() if seconds is none else seconds -%}
    {%- call statement('patiently', fetch_result=true) -%}
        {%- if before %} {{ before }}; {%- endif %}
        do $patience$
        declare
            last_try timestamptz := clock_timestamp() + interval '{{ seconds }} seconds';
            timeout text := current_setting('lock_timeout');
            words text;
        begin
            perform set_config('bullion.is_done', 'no', true);
            {%- if only_if != 'true' %}
            if not ({{ only_if }}) then return; end if;
            {%- endif %}
            loop
                begin
                    perform set_config('lock_timeout', '200ms', true);
                    {%- for text in statements %}
                    execute $statement${{ text }}$statement$;
                    {%- endfor %}
                    perform set_config('lock_timeout', timeout, true);
                    perform set_config('bullion.is_done', 'yes', true);
                    return;
                exception
                    when lock_not_available or deadlock_detected then null;
                    when dependent_objects_still_exist then
                        get stacked diagnostics words = pg_exception_detail;
                        raise exception using errcode = 'dependent_objects_still_exist', message =
                            '{{ _name_of(relation) }} is left as it is, for its columns have changed and '
                            || replace(words, chr(10), ', ')
                            || ': drop what depends on it, build, and make it again';
                end;
                exit when clock_timestamp() >= last_try;
                perform pg_sleep(0.3);
            end loop;
            {%- if must %}
            select string_agg(
                format(
                    'process %s of user %s (%s)%s', pid, usename, application_name,
                    to_char(xact_start at time zone 'UTC', '", since "YYYY-MM-DD HH24:MI:SS" UTC"')
                ),
                '; ' order by pid
            )
            into words
            from (
                select distinct pid from pg_locks
                where
                    locktype = 'relation' and granted and pid <> pg_backend_pid()
                    and database = (select oid from pg_database where datname = current_database())
                    and relation = '{{ relation }}'::regclass
            ) as holding
            join pg_stat_activity using (pid);
            raise exception using errcode = 'lock_not_available', message =
                '{{ _name_of(relation) }} could not be changed in {{ seconds }} s; it is held by '
                || coalesce(words, 'a session that has ended meanwhile')
                || ': end that transaction (an administrator: '
                || 'select pg_terminate_backend(process)) and build again';
            {%- endif %}
        end
        $patience$;
        select current_setting('bullion.is_done')
    {%- endcall -%}
    {{ return(load_result('patiently').data[0][0] == 'yes') }}
{%- endmacro %}

{% macro lock_wait_seconds() -%}
    {{ return(var('lock_wait_seconds', env_var('BULLION_LOCK_WAIT_SECONDS', '60')) | int) }}
{%- endmacro %}

{% macro _name_of(relation) -%}
    {{- relation.include(database=false).render() | replace('"', '') | replace("'", "''") -}}
{%- endmacro %}
