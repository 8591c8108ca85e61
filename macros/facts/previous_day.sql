{# The day that the model's last build spoke of, as a query of one row: as_of_date.
   load_audit: the relation of the loads. #}
{% macro previous_day(load_audit) -%}
    select cast(max(extracted_at) as date) as as_of_date
    from {{ load_audit }}
    where batch_id <= {{ last_built_batch() }}
{%- endmacro %}
