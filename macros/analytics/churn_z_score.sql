{# How far a count of leavings lies from what chance makes of the overall rate, as a normal score: of
   the binomial for a cohort, of the Poisson distribution for person-months, both with half the
   chance of the count itself (mid-p), so that it is 0 in the middle. From the smaller tail, which
   keeps its digits; at most 37, where the tail leaves the range of doubles. Reads rate_basis,
   churn_count, exposure_count and overall_rate. #}
{% macro churn_z_score() -%}
    {%- set binomial = [f8('churn_count'), f8('exposure_count'), 'overall_rate'] | join(', ') -%}
    {%- set poisson = [f8('churn_count'), 'overall_rate * exposure_count'] | join(', ') -%}
    case
        when churn_count >= overall_rate * exposure_count then -{{ stats_schema() }}.normal_quantile(
            case rate_basis
                when '12-month cohort' then {{ mid_p('binomial', 'sf', '+', binomial) }}
                else {{ mid_p('poisson', 'sf', '+', poisson) }}
            end
        )
        else {{ stats_schema() }}.normal_quantile(
            case rate_basis
                when '12-month cohort' then {{ mid_p('binomial', 'cdf', '-', binomial) }}
                else {{ mid_p('poisson', 'cdf', '-', poisson) }}
            end
        )
    end
{%- endmacro %}

{% macro mid_p(distribution, tail, sign, arguments) -%}
    {%- set function = stats_schema() ~ '.' ~ distribution ~ '_' -%}
    greatest(
        {{ function }}{{ tail }}({{ arguments }}) {{ sign }} 0.5e0 * {{ function }}pmf({{ arguments }}),
        1e-300
    )
{%- endmacro %}
