{# Work as the profile's role. dbt sets it when a connection opens, but in a transaction that a
   failed statement or a released connection rolls back; so each model says it again, or what it
   makes would belong to the login. #}
{% macro assume_role() -%}
    {%- if target.type == 'postgres' and target.get('role') -%} set role "{{ target.role }}" {%- endif -%}
{%- endmacro %}

{# What each model's session is given: the role, an end to its waiting for locks but none to
   its statements, and of the server's parallel workers those that dbt's threads leave idle. (Where
   threads have every core, workers of one only take it from the other, and aggregate each their own
   part of the same groups.) #}
{% macro build_session() -%}
    {%- if target.type == 'postgres' -%}
        {%- if assume_role() %}{{ assume_role() }};{% endif %}
        select set_config(
            'max_parallel_workers_per_gather',
            greatest(0, least(
                (
                    select cast(reset_val as integer)
                    from pg_settings where name = 'max_parallel_workers_per_gather'
                ),
                cast(current_setting('max_parallel_workers') as integer) / {{ target.threads }} - 1
            ))::text,
            false
        )
    {%- endif -%}
{%- endmacro %}

{# Schemas belong to that role too, whoever's turn it is. #}
{% macro postgres__create_schema(relation) -%}
    {%- call statement('create_schema') -%}
        create schema if not exists {{ relation.without_identifier().include(database=False) }}
        {%- if target.get('role') %} authorization "{{ target.role }}"{% endif %}
    {%- endcall -%}
{%- endmacro %}
