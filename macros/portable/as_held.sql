{# The `as` of a CTE that is worked out once. PostgreSQL writes a CTE with one reader into that
   reader: what it computes is then computed at each use, and a long chain of them is planned as one
   query as many levels deep, for seconds. The other engines decide well by themselves. #}
{% macro as_held() -%}{{ return(adapter.dispatch('as_held', 'bullion')()) }}{%- endmacro %}
{% macro default__as_held() -%}{{ return('as') }}{%- endmacro %}
{% macro postgres__as_held() -%}{{ return('as materialized') }}{%- endmacro %}
