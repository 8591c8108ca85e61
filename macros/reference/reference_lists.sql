{# Every list, in its order.
   Made by python -m tools.derived from seeds/ref_lists.csv. #}
{% macro reference_lists() -%}
    {{ return({
        'customer_segments': [
            'Mass Market',
            'Affluent',
            'Premium',
            'Business',
        ],
        'power_curve_sample_shares': [
            1.0,
            0.25,
            0.1,
        ],
    }) }}
{%- endmacro %}
