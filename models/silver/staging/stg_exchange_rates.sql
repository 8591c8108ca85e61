select
    rate_date,
    currency,
    reporting_currency,
    rate,
    source,
    is_deleted,
    _first_batch_id,
    _changed_batch_id,
    _batch_id,
    _extracted_at,
    _source_file,
    _source_row
from (select * from {{ ref('base_exchange_rates') }} where quarantine_rule is null) as good_rows
