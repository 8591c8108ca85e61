{{ config(pre_hook='{{ require_reporting_currency() }}') }}

with

account_currencies as (
    select * from {{ ref('int_account_currencies') }}
)

select
    coalesce(
        {% if var('reporting_currency', none) -%}
        '{{ var('reporting_currency') }}',
        {%- endif %}
        max(currency),
        'XXX'
    ) as reporting_currency
from account_currencies
