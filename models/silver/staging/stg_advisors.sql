select
    advisor_id,
    first_name,
    last_name,
    office_location,
    certification_level,
    years_experience,
    satisfaction_avg,
    clients_count,
    is_deleted,
    _first_batch_id,
    _changed_batch_id,
    _batch_id,
    _extracted_at,
    _source_file,
    _source_row
from (select * from {{ ref('base_advisors') }} where quarantine_rule is null) as good_rows
