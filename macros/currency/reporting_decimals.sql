{# How many decimals the money of the reporting currency has: of the one that is named, else two.
   Where none is named there is one currency, and nothing is converted. #}
{% macro reporting_decimals() -%}
    {%- set found = namespace(decimals=2) -%}
    {%- for decimals, codes in var('currency_decimals').items() -%}
        {%- if var('reporting_currency', none) in codes -%}
            {%- set found.decimals = decimals | int -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(found.decimals) }}
{%- endmacro %}

{# A mean of money: no amount that anyone holds, so of no fewer decimals than two. #}
{% macro mean_amount(expression) -%}
    cast({{ dec(expression, [2, reporting_decimals()] | max) }} as decimal(18, 3))
{%- endmacro %}
