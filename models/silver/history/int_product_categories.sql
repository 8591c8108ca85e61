-- depends_on: {{ ref('int_as_of') }}
with

arrived as (
    {{ arrived_versions('products') }}
),

final as (
    select
        product_id,
        category,
        max(_batch_id) as _batch_id
    from arrived
    where not is_deleted and quarantine_rule is null
    group by product_id, category
)

select * from final
