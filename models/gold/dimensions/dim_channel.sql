{#- The channels are the closed sets that the bronze contract gives to its channel columns. -#}
{%- set uses = {
    'transactions.channel': 'is_transaction_channel',
    'customer_interactions.channel': 'is_service_channel',
    'credit_applications.application_channel': 'is_application_channel',
    'customers.acquisition_channel': 'is_acquisition_channel',
    'customers.preferred_channel': 'is_preferred_channel',
} -%}
{%- set groups = {
    'Digital': ['Online', 'Mobile', 'Web', 'Email', 'Chat', 'Social Media'],
    'Physical': ['Branch', 'ATM', 'POS'],
    'Phone': ['Phone'],
    'Third Party': ['Referral', 'Partner', 'Marketing Campaign'],
} -%}
{%- set members = {} -%}
{%- if execute -%}
    {%- for place, flag in uses.items() -%}
        {%- set table_name, column_name = place.split('.') -%}
        {%- for column in contract_table(table_name).columns if column.name == column_name -%}
            {%- for name in column['values'] -%}
                {%- do members.setdefault(name, []).append(flag) -%}
            {%- endfor -%}
        {%- endfor -%}
    {%- endfor -%}
{%- else -%}
    {%- do members.update({'Online': []}) -%}
{%- endif -%}

with

members as (
    select *
    from (
        values
        {%- for name, flags in members.items() %}
        (
            '{{ name }}'
            {%- for flag in uses.values() %}, {{ 'true' if flag in flags else 'false' }}{% endfor -%}
        ){{ ',' if not loop.last }}
        {%- endfor %}
    ) as listed (channel_name{% for flag in uses.values() %}, {{ flag }}{% endfor %})
),

final as (
    select
        {{ surrogate_key(['channel_name']) }} as channel_key,
        cast(channel_name as {{ text_type() }}) as channel_name,
        case
            {%- for group, names in groups.items() %}
            when channel_name in ('{{ names | join("', '") }}') then '{{ group }}'
            {%- endfor %}
            else 'Other'
        end as channel_group
        {%- for flag in uses.values() %},
        {{ flag }}
        {%- endfor %}
    from members
    union all
    select -1, 'Unknown', 'Unknown'{% for flag in uses.values() %}, false{% endfor %}
)

select * from final
