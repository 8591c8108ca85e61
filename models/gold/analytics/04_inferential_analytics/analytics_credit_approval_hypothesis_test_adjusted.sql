{#- The predictors together: what a step of each is, and the employment that others are held
   against. -#}
{%- set score_step, ratio_step = var('credit_score_step'), var('debt_to_income_step') -%}
{%- set reference_employment = 'Employed' -%}
{%- set employments = ['Self-Employed', 'Retired', 'Student', 'Unemployed'] -%}
{%- set predictors = ['credit_score', 'debt_to_income'] -%}
{%- for employment in employments -%}
    {%- do predictors.append('is_' ~ employment | lower | replace('-', '_')) -%}
{%- endfor -%}
with

applications as (
    select * from {{ ref('fact_credit_applications') }}
),

customer_versions as (
    select * from {{ ref('dim_customer') }}
),

calendar as (
    select as_of from {{ ref('int_as_of') }}
),

-- Under the gate nobody is approved: there the score decides by itself, and by no curve.
decided as (
    select
        coalesce(applications.customer_id, 'Unknown') as customer_id,
        case when applications.is_approved then 1 else 0 end as approved_count,
        {{ ratio('applications.credit_score_at_application', score_step) }} as credit_score,
        {{ ratio('applications.debt_to_income_ratio', ratio_step) }} as debt_to_income
        {%- for employment in employments %},
        case
            when customer_versions.employment_status = '{{ employment }}' then 1
            when customer_versions.employment_status in (
                '{{ reference_employment }}', '{{ employments | join("', '") }}'
            ) then 0
        end as {{ predictors[loop.index + 1] }}
        {%- endfor %}
    from applications
    inner join customer_versions on applications.customer_key = customer_versions.customer_key
    where not applications.is_pending
        and applications.credit_score_at_application >= {{ var('approval_score_gate') }}
),

fitted as (
    {{ newton_regression(
        'decided', 'logit', predictors, y='approved_count', errors='customer_id'
    ) }}
),

labels as (
    select
        predictor,
        factor,
        level,
        reference_level
    from (
        values
        ('credit_score', 'Credit score', 'per {{ score_step }} points', cast(null as {{ text_type() }})),
        (
            'debt_to_income', 'Debt to income',
            'per {{ (100 * ratio_step) | round | int }} % points', null
        ),
        {%- for employment in employments %}
        (
            '{{ predictors[loop.index + 1] }}', 'Employment',
            '{{ employment }}', '{{ reference_employment }}'
        )
        {{- ',' if not loop.last }}
        {%- endfor %}
    ) as listed (predictor, factor, level, reference_level)
),

predictors as (
    select
        labels.*,
        fitted.term_number,
        fitted.row_count,
        fitted.estimate,
        fitted.standard_error,
        fitted.ci_low,
        fitted.ci_high,
        fitted.statistic,
        fitted.p_value
    from fitted
    inner join labels on fitted.term = labels.predictor
),

-- One family: the predictors of this regression.
adjusted as (
    {{ benjamini_hochberg('predictors') }}
),

final as (
    select
        adjusted.predictor,
        adjusted.factor,
        adjusted.level,
        adjusted.reference_level,
        adjusted.term_number as predictor_rank,
        cast(coalesce(adjusted.row_count, 0) as bigint) as application_count,
        adjusted.estimate,
        adjusted.standard_error,
        adjusted.ci_low,
        adjusted.ci_high,
        exp(adjusted.estimate) as odds_ratio,
        exp(adjusted.ci_low) as odds_ratio_low,
        exp(adjusted.ci_high) as odds_ratio_high,
        adjusted.statistic,
        adjusted.p_value,
        adjusted.q_value,
        coalesce(adjusted.q_value < {{ var('alpha') }}, false) as is_significant,
        calendar.as_of
    from adjusted
    cross join calendar
)

select * from final
