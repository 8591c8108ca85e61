with

{{ import_ctes({
    'cells': ref('analytics_transaction_amount_normality_test_cells'),
    'calendar': ref('int_as_of'),
}) -}}

-- The moments that the cells' shapes were made of.
cell_moments as (
    select
        transaction_type,
        amount_scale,
        is_tested,
        attempt_count,
        mean_value,
        {{ ratio(
            'sum(attempt_count * mean_value) over (partition by transaction_type, amount_scale)',
            'sum(attempt_count) over (partition by transaction_type, amount_scale)'
        ) }} as type_mean,
        coalesce(
            standard_deviation * standard_deviation * {{ ratio('attempt_count - 1', 'attempt_count') }},
            0
        ) as moment_2,
        coalesce(skewness, 0) as skewness,
        coalesce(excess_kurtosis, -3) as excess_kurtosis
    from cells
),

deviating_cells as (
    select
        cell_moments.transaction_type,
        cell_moments.amount_scale,
        bases.basis,
        cell_moments.attempt_count as all_count,
        case
            when bases.basis = 'pooled' or cell_moments.is_tested
                then cell_moments.attempt_count
            else 0
        end as attempt_count,
        case when bases.basis = 'pooled' then cell_moments.type_mean else 0 end as mean_value,
        case
            when bases.basis = 'pooled' then cell_moments.mean_value - cell_moments.type_mean
            else 0
        end as shift,
        cell_moments.moment_2,
        cell_moments.skewness * cell_moments.moment_2 * sqrt(abs(cell_moments.moment_2))
            as moment_3,
        (cell_moments.excess_kurtosis + 3) * cell_moments.moment_2 * cell_moments.moment_2
            as moment_4
    from cell_moments
    cross join (values ('pooled'), ('within_cells')) as bases (basis)
),

-- Moments about a cell's mean give those about any other point, here that of the type.
summed as (
    select
        transaction_type,
        amount_scale,
        basis,
        mean_value,
        sum(all_count) as all_count,
        sum(attempt_count) as value_count,
        -- about how many means the values deviate
        case
            when basis = 'pooled' then 1
            else count(case when attempt_count > 0 then 1 end)
        end as cell_count,
        {{ ratio('sum(attempt_count * (moment_2 + shift * shift))', 'sum(attempt_count)') }}
            as moment_2,
        {{ ratio(
            'sum(attempt_count * (moment_3 + 3 * shift * moment_2 + shift * shift * shift))',
            'sum(attempt_count)'
        ) }} as moment_3,
        {{ ratio(
            'sum(attempt_count * (moment_4 + 4 * shift * moment_3 + 6 * shift * shift * moment_2'
                ~ ' + shift * shift * shift * shift))',
            'sum(attempt_count)'
        ) }} as moment_4
    from deviating_cells
    group by transaction_type, amount_scale, basis, mean_value
),

tested as (
    {{ normality_tests('summed', means='cell_count') }}
),

-- One family: every type on every scale and basis.
adjusted as (
    {{ benjamini_hochberg('tested', 'jarque_bera_p_value') }}
),

final as (
    select
        adjusted.transaction_type,
        adjusted.amount_scale,
        adjusted.basis,
        cast(adjusted.value_count as bigint) as attempt_count,
        cast(adjusted.all_count - adjusted.value_count as bigint) as left_out_count,
        cast(adjusted.cell_count as bigint) as cell_count,
        adjusted.mean_value,
        adjusted.standard_deviation,
        adjusted.skewness,
        adjusted.excess_kurtosis,
        {{ band(
            'greatest(abs(adjusted.skewness), 0.5e0 * abs(adjusted.excess_kurtosis))',
            'normality_departure'
        ) }} as departure,
        adjusted.jarque_bera_statistic as statistic,
        2 as degrees_of_freedom,
        adjusted.jarque_bera_p_value as p_value,
        adjusted.q_value,
        adjusted.skewness_z,
        adjusted.kurtosis_z,
        adjusted.k2_statistic,
        adjusted.k2_p_value,
        adjusted.q_value < {{ var('alpha') }} as is_rejected,
        calendar.as_of
    from adjusted
    cross join calendar
)

select * from final
