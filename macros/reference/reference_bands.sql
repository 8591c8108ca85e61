{# Every set of bands: names with their lower bounds, in ascending order.
   Made by python -m tools.derived from seeds/ref_bands.csv. #}
{% macro reference_bands() -%}
    {{ return({
        'credit_score': [
            {'name': 'Poor', 'from': 300},
            {'name': 'Fair', 'from': 580},
            {'name': 'Good', 'from': 670},
            {'name': 'Very Good', 'from': 740},
            {'name': 'Excellent', 'from': 800},
        ],
        'income': [
            {'name': 'Under 30k', 'from': 0},
            {'name': '30k-60k', 'from': 30000},
            {'name': '60k-100k', 'from': 60000},
            {'name': '100k-200k', 'from': 100000},
            {'name': '200k and over', 'from': 200000},
        ],
        'age': [
            {'name': 'Under 25', 'from': 0},
            {'name': '25-34', 'from': 25},
            {'name': '35-44', 'from': 35},
            {'name': '45-54', 'from': 45},
            {'name': '55-64', 'from': 55},
            {'name': '65-74', 'from': 65},
            {'name': '75 and over', 'from': 75},
        ],
        'amount': [
            {'name': 'Under 10', 'from': 0},
            {'name': '10-50', 'from': 10},
            {'name': '50-100', 'from': 50},
            {'name': '100-500', 'from': 100},
            {'name': '500-1000', 'from': 500},
            {'name': '1000 and over', 'from': 1000},
        ],
        'delinquency': [
            {'name': 'Current', 'from': 0},
            {'name': '1-29 days', 'from': 1},
            {'name': '30-59 days', 'from': 30},
            {'name': '60-89 days', 'from': 60},
            {'name': '90 days and over', 'from': 90},
        ],
        'tenure': [
            {'name': 'Under 1 year', 'from': 0},
            {'name': '1-2 years', 'from': 12},
            {'name': '2-5 years', 'from': 24},
            {'name': '5 years and over', 'from': 60},
        ],
        'product_count': [
            {'name': 'No product', 'from': 0},
            {'name': '1 product', 'from': 1},
            {'name': '2 products', 'from': 2},
            {'name': '3 or more', 'from': 3},
        ],
        'debt_to_income': [
            {'name': 'Under 20 %', 'from': 0},
            {'name': '20-30 %', 'from': 0.2},
            {'name': '30-40 %', 'from': 0.3},
            {'name': '40 % and over', 'from': 0.4},
        ],
        'normality_departure': [
            {'name': 'Negligible', 'from': 0},
            {'name': 'Small', 'from': 0.1},
            {'name': 'Moderate', 'from': 0.5},
            {'name': 'Large', 'from': 1},
        ],
        'federal_funds_rate': [
            {'name': 'Near zero', 'from': 0},
            {'name': 'Low', 'from': 0.005},
            {'name': 'Moderate', 'from': 0.02},
            {'name': 'High', 'from': 0.04},
        ],
        'inflation': [
            {'name': 'Falling prices', 'from': -1},
            {'name': 'Low', 'from': 0},
            {'name': 'Near target', 'from': 0.015},
            {'name': 'Elevated', 'from': 0.03},
            {'name': 'High', 'from': 0.05},
        ],
        'unemployment': [
            {'name': 'Tight', 'from': 0},
            {'name': 'Normal', 'from': 0.04},
            {'name': 'Slack', 'from': 0.055},
            {'name': 'High', 'from': 0.075},
        ],
        'volatility': [
            {'name': 'Calm', 'from': 0},
            {'name': 'Normal', 'from': 15},
            {'name': 'Elevated', 'from': 20},
            {'name': 'Stress', 'from': 30},
        ],
    }) }}
{%- endmacro %}
