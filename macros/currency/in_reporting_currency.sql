{# The CTEs that conversion reads: reporting (one row) and rates. Their relations come in as literal
   refs by import_ctes. #}

{# The joins that exchange_rate() reads, of the rate that held on a day. rates: the CTE of
   int_exchange_rates, one a join. #}
{% macro join_rates(currency, day, rates='rates') -%}
    left join {{ rates }}
        on {{ currency }} = {{ rates }}.currency
            and {{ day }} = {{ rates }}.rate_date
{%- endmacro %}

{# What one unit of a currency is worth in the reporting currency; null where no rate is known. What
   names no currency is in the reporting currency. #}
{% macro exchange_rate(currency, rates='rates') -%}
    case
        when coalesce({{ currency }}, reporting.reporting_currency) = reporting.reporting_currency
            then cast(1 as decimal(18, 9))
        else {{ rates }}.exchange_rate
    end
{%- endmacro %}

{# An amount in the reporting currency, rounded to that one's decimals; null where there is no rate,
   unless nothing is nothing in any currency. In the reporting currency it is the amount itself. #}
{% macro in_reporting_currency(amount, rate='source_rows.exchange_rate') -%}
    case
        when {{ rate }} = 1 or {{ amount }} = 0 then {{ amount }}
        else cast({{ dec(amount ~ ' * ' ~ rate, reporting_decimals()) }} as decimal(18, 3))
    end
{%- endmacro %}
