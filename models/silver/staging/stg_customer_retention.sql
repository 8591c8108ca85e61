select
    customer_id,
    product_id,
    churn_date,
    churn_reason,
    exit_survey_score,
    was_recovered,
    lifetime_value,
    {{ month_start('churn_date') }} as churn_month,
    is_deleted,
    _first_batch_id,
    _changed_batch_id,
    _batch_id,
    _extracted_at,
    _source_file,
    _source_row
from (select * from {{ ref('base_customer_retention') }} where quarantine_rule is null) as good_rows
