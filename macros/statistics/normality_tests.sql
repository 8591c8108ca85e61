{# A query that gives a relation's rows, which have the columns of central_moments(), with what they
   say of normality:
     standard_deviation         of the sample (n - 1; n - means where so many means were taken out)
     skewness, excess_kurtosis  m3 / m2^1.5 and m4 / m2^2 - 3: 0 for a normal distribution
     jarque_bera_statistic      n (skewness^2 + excess_kurtosis^2 / 4) / 6, and its p value
     k2_statistic               D'Agostino and Pearson's K^2 = skewness_z^2 + kurtosis_z^2 (see
                                normality_functions()), and its p value
   Both are chi-square with 2 degrees of freedom when the values are normal.
     tested as ({{ normality_tests('moments') }})
   Sources: Jarque and Bera, Economics Letters 6 (1980); D'Agostino and Pearson, Biometrika 60
   (1973). #}
{% macro normality_tests(relation, means='1') -%}
    {%- set schema = stats_schema() %}
    select
        tests.*,
        {{ p_value(schema ~ '.chi2_sf(jarque_bera_statistic, 2e0)') }} as jarque_bera_p_value,
        {{ p_value(schema ~ '.chi2_sf(k2_statistic, 2e0)') }} as k2_p_value
    from (
        select
            scores.*,
            {{ f8('value_count') }} * (
                skewness * skewness + 0.25e0 * excess_kurtosis * excess_kurtosis
            ) * {{ ratio(1, 6) }} as jarque_bera_statistic,
            skewness_z * skewness_z + kurtosis_z * kurtosis_z as k2_statistic
        from (
            select
                shapes.*,
                {{ schema }}.skewness_z({{ f8('value_count') }}, skewness) as skewness_z,
                {{ schema }}.kurtosis_z({{ f8('value_count') }}, excess_kurtosis) as kurtosis_z
            from (
                select
                    moments_of.*,
                    sqrt(abs(moment_2 * {{ ratio('value_count', 'value_count - ' ~ means) }}))
                        as standard_deviation,
                    {{ ratio('moment_3', 'moment_2 * sqrt(abs(moment_2))') }} as skewness,
                    {{ ratio('moment_4', 'moment_2 * moment_2') }} - 3 as excess_kurtosis
                from {{ relation }} as moments_of
            ) as shapes
        ) as scores
    ) as tests
{%- endmacro %}
