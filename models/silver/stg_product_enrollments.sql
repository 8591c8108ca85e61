with

good_rows as (
    select * from {{ ref('base_product_enrollments') }} where quarantine_rule is null
),

final as (
    select
        enrollment_id,
        customer_id,
        product_id,
        account_id,
        enrollment_date,
        initial_investment,
        contribution_frequency,
        monthly_contribution,
        advisor_id,
        channel,
        status,
        {{ month_start('enrollment_date') }} as enrollment_month,
        monthly_contribution > 0 as is_contributing,
        is_deleted,
        _first_batch_id,
        _changed_batch_id,
        _batch_id,
        _extracted_at,
        _source_file,
        _source_row
    from good_rows
)

select * from final
