{# Settings of PostgreSQL's planner for a model's own transaction (config `planner`, a mapping),
   where what it knows of the model's tables leads it to a plan that is many times slower. #}
{% macro planner_settings() -%}
    {%- for name, value in (config.get('planner') or {}).items() -%}
        {%- call statement('planner') -%} set local {{ name }} = {{ value }} {%- endcall -%}
    {%- endfor -%}
{%- endmacro %}
