{# Before the reporting currency is told: where accounts are kept in several, it has been named. #}
{% macro require_reporting_currency() -%}
    {%- if not execute or var('reporting_currency', none) -%}{{ return('') }}{%- endif -%}
    {%- set found = run_query(
        'select distinct currency from ' ~ ref('int_account_currencies') ~ ' order by currency'
    ).columns[0].values() -%}
    {%- if found | length > 1 -%}
        {%- do exceptions.raise_compiler_error(
            'Accounts are kept in ' ~ found | join(', ') ~ ': name the currency that amounts are'
            ~ " converted to, as in --vars '{reporting_currency: " ~ found[-1] ~ "}' or in vars of"
            ~ ' dbt_project.yml, and load exchange_rates.'
        ) -%}
    {%- endif -%}
{%- endmacro %}
