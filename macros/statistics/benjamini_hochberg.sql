{# A query that gives a relation's rows with q_value, the Benjamini-Hochberg adjusted p: the
   smallest false discovery rate at which the row is called significant. Within a family of m tests the p
   values, by size, become p m / rank (p_scaled, left beside it), and q is the running minimum of
   these from the largest p down, at most 1. Rows without a p count nowhere and have no q. "family" is
   the list of columns that name it: one q column is about one family, never across models.
     adjusted as ({{ benjamini_hochberg('compared', 'p_value', ['measure']) }})
   Source: Benjamini and Hochberg, JRSS B 57 (1995). #}
{% macro benjamini_hochberg(relation, p_value='p_value', family=[]) -%}
    {%- set partition = 'partition by ' ~ family | join(', ') ~ ' ' if family else '' %}
    select
        scaled.*,
        case when {{ p_value }} is not null then least(
            min(p_scaled) over ({{ partition }}order by {{ p_value }} desc nulls first), 1e0
        ) end as q_value
    from (
        select
            tests.*,
            {{ p_value }} * {{ ratio(
                'count(' ~ p_value ~ ') over ('
                    ~ ('partition by ' ~ family | join(', ') if family else '') ~ ')',
                'count(' ~ p_value ~ ') over (' ~ partition ~ 'order by ' ~ p_value
                    ~ ' nulls last range between unbounded preceding and current row)'
            ) }} as p_scaled
        from {{ relation }} as tests
    ) as scaled
{%- endmacro %}
