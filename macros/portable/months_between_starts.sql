{# Calendar months from one date's month to another's: (2024-01-31, 2024-02-01) is 1. #}
{% macro months_between_starts(earlier, later) -%}
    (
        ({{ date_field('year', later) }} - {{ date_field('year', earlier) }}) * 12
        + {{ date_field('month', later) }} - {{ date_field('month', earlier) }}
    )
{%- endmacro %}
