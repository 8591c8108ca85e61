{{ config(indexes=[{'columns': ['account_id'], 'unique': true}]) }}

with

versions as (
    select
        account_id,
        currency,
        row_number() over (
            partition by account_id
            order by _extracted_at desc, _source_file desc, _source_row desc, _batch_id desc
        ) as version_rank
    from {{ ref('int_account_versions') }}
    where not is_deleted
)

select
    account_id,
    currency
from versions
where version_rank = 1
