-- Bronze to silver: every row of bronze won or lost to a later version of its key; no key vanishes,
-- none appears, and the winner's money is that of its version.
{{ config(enabled=not var('as_of', none)) }}

-- depends_on: {{ ref('int_as_of') }}
{% for table_name in contract_tables() -%}
{{ unaccounted_versions(table_name, ref('base_' ~ table_name)) }}
{{ 'union all' if not loop.last }}
{% endfor %}
