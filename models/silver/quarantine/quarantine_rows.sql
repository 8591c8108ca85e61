{% for table_name in contract_tables() -%}
{{ quarantined_rows(table_name, ref('base_' ~ table_name), with_row=true) }}
{{ 'union all' if not loop.last }}
{% endfor %}
