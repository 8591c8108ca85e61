{# Work as the profile's role. dbt sets it when a connection opens, but in a transaction that a
   failed statement or a released connection rolls back; so each model says it again, or what it
   makes would belong to the login. #}
{% macro assume_role() -%}
    {%- if target.type == 'postgres' and target.get('role') -%} set role "{{ target.role }}" {%- endif -%}
{%- endmacro %}

{# Schemas belong to that role too, whoever's turn it is. #}
{% macro postgres__create_schema(relation) -%}
    {%- call statement('create_schema') -%}
        create schema if not exists {{ relation.without_identifier().include(database=False) }}
        {%- if target.get('role') %} authorization "{{ target.role }}"{% endif %}
    {%- endcall -%}
{%- endmacro %}
