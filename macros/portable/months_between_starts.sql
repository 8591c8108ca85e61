{# Calendar months from one date's month to another's: (2024-01-31, 2024-02-01) is 1. #}
{% macro months_between_starts(earlier, later) -%}
    cast(
        (extract(year from {{ later }}) - extract(year from {{ earlier }})) * 12
        + extract(month from {{ later }}) - extract(month from {{ earlier }})
        as integer
    )
{%- endmacro %}
