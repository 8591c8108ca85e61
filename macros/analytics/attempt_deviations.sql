{# The CTE deviations: what customers tried to spend at once, on each of the scales less the mean of
   its cell, with that mean (raw_mean). Attempts of every status, for
   what was declined was meant all the same, that are not fraud and not of 0; a cell is the type, the
   category of the merchant and the segment of the customer at the time.
   The relations come in as literal refs. With cells, the table of them, those that are tested are read
   from there and no others are in. #}
{% macro attempt_deviations(transactions, customer_versions, cells=none) -%}
{%- set cell = attempt_cell_columns() -%}
{%- set sources = {'transactions': transactions, 'customer_versions': customer_versions} -%}
{%- if cells %}{%- do sources.update({'cells': cells}) -%}{%- endif -%}
{{ import_ctes(sources) -}}

attempt_amounts {{ as_held() }} (
    select
        transactions.transaction_type,
        coalesce(transactions.merchant_category, 'None') as merchant_category,
        coalesce(customer_versions.customer_segment, 'Unknown') as customer_segment,
        {{ f8('abs(transactions.amount)') }} as raw_value,
        ln(case when transactions.amount <> 0 then {{ f8('abs(transactions.amount)') }} end)
            as log_value
    from transactions
    left join customer_versions on transactions.customer_key = customer_versions.customer_key
    where transactions.is_customer_initiated
        and not coalesce(transactions.is_fraud, false)
        and transactions.amount <> 0
),

attempt_cells as (
    select
        {{ cell | join(', ') }},
        {%- for scale in amount_scales() %}
        {%- if cells %}
        max(case when amount_scale = '{{ scale }}' then mean_value end)
        {%- else %}
        avg({{ f8(scale ~ '_value') }})
        {%- endif %} as {{ scale }}_mean{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ 'cells where is_tested' if cells else 'attempt_amounts' }}
    group by {{ cell | join(', ') }}
),

deviations as (
    select
        attempt_cells.*,
        {%- for scale in amount_scales() %}
        attempt_amounts.{{ scale }}_value - attempt_cells.{{ scale }}_mean as {{ scale }}_deviation
        {{- ',' if not loop.last }}
        {%- endfor %}
    from attempt_amounts
    inner join attempt_cells
        on {% for column in cell -%}
            attempt_amounts.{{ column }} = attempt_cells.{{ column }}{{ ' and ' if not loop.last }}
        {%- endfor %}
)
{%- endmacro %}

{# What makes a cell. #}
{% macro attempt_cell_columns() -%}
    {{ return(['transaction_type', 'merchant_category', 'customer_segment']) }}
{%- endmacro %}

{# The scales on which amounts are tested for normality: as they are, and their logarithms. #}
{% macro amount_scales() -%}{{ return(['raw', 'log']) }}{%- endmacro %}

{# Names of the scales as rows, one column amount_scale. #}
{% macro amount_scale_rows() -%}
    (values {% for scale in amount_scales() %}('{{ scale }}'){{ ', ' if not loop.last }}{% endfor %})
{%- endmacro %}

{# Of a column that there is once a scale ("raw_mean", "log_mean"), that of the row's scale. #}
{% macro of_amount_scale(rows, column) -%}
    case scales.amount_scale
        {%- for scale in amount_scales() %}
        when '{{ scale }}' then {{ rows }}.{{ scale }}_{{ column }}
        {%- endfor %}
    end
{%- endmacro %}
