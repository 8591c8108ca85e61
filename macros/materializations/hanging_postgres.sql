{# What others have hung on a relation of ours, and would lose if it were dropped: {views, others,
   grants}. views: of this project, or of others, as [schema.name, whether it is this project's],
   those that hang on what hangs on it last; others: foreign keys, functions, policies, triggers,
   statistics, indexes, grants on columns, in words; grants: the statements that give `built` the
   grants that it lacks of the relation's. #}
{% macro hanging_on(relation, built=none) -%}
    {%- set found = run_query(_hanging_sql(relation, built)) -%}
    {%- set hanging = {'views': [], 'others': [], 'grants': []} -%}
    {%- set own = _own_relations() -%}
    {%- for row in found.rows -%}
        {%- if row[0] == 'view' -%}{%- do hanging.views.append([row[1], row[1] in own]) -%}
        {%- elif row[0] == 'grant' -%}{%- do hanging.grants.append(row[1]) -%}
        {%- else -%}{%- do hanging.others.append(row[1]) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(hanging) }}
{%- endmacro %}

{# In words, what of it is not this project's. #}
{% macro foreign_of(hanging) -%}
    {%- set names = [] -%}
    {%- for name, is_own in hanging.views if not is_own -%}{%- do names.append('view ' ~ name) -%}{%- endfor -%}
    {{ return(names + hanging.others) }}
{%- endmacro %}

{# The names of this project's models, gathered once in a build. #}
{% macro _own_relations() -%}
    {%- if 'own_relations' not in graph -%}
        {%- set own = [] -%}
        {%- for node in graph.nodes.values() if node.resource_type == 'model' -%}
            {%- do own.append(node.schema ~ '.' ~ node.alias) -%}
        {%- endfor -%}
        {%- do graph.update({'own_relations': own}) -%}
    {%- endif -%}
    {{ return(graph.own_relations) }}
{%- endmacro %}

{# A condition that nothing hangs on a table, and that the built one has the same grants: quick to
   answer, for it is so of nearly all. #}
{% macro is_alone_sql(existing, built) -%}
    exists (
        select
        from pg_class as standing
        join pg_class as new on new.oid = '{{ built }}'::regclass
        where standing.oid = '{{ existing }}'::regclass
            and standing.relkind = 'r'
            and standing.relacl is not distinct from new.relacl
            and not standing.relhastriggers
            and not exists (select from pg_policy where polrelid = standing.oid)
            and not exists (
                select from pg_depend
                where refclassid = 'pg_class'::regclass and refobjid = standing.oid
                    and deptype = 'n'
            )
            and not exists (
                select from pg_depend
                where refclassid = 'pg_type'::regclass and refobjid = standing.reltype
                    and deptype = 'n'
            )
            and not exists (
                select from pg_attribute where attrelid = standing.oid and attacl is not null
            )
            and not exists (select from pg_statistic_ext where stxrelid = standing.oid)
            and not exists (select from pg_publication_rel where prrelid = standing.oid)
            and not exists (
                select
                from pg_index
                join pg_class on pg_class.oid = indexrelid
                where indrelid = standing.oid and not {{ _is_own_index() }}
            )
    )
{%- endmacro %}

{% macro _hanging_sql(relation, built) -%}
    with recursive reached as (
        select oid, reltype, 0 as depth from pg_class where oid = '{{ relation }}'::regclass
        union
        select view.oid, view.reltype, reached.depth + 1
        from reached
        cross join lateral (
            values ('pg_class'::regclass, reached.oid), ('pg_type'::regclass, reached.reltype)
        ) as place (class, object)
        join pg_depend on refclassid = class and refobjid = object and deptype = 'n'
        join pg_rewrite on classid = 'pg_rewrite'::regclass and pg_rewrite.oid = objid
        join pg_class as view on view.oid = ev_class and view.oid <> reached.oid
        where reached.depth < 50
    )
    select 'view', relnamespace::regnamespace || '.' || relname, max(depth) as depth
    from reached
    join pg_class using (oid)
    where depth > 0
    group by oid, relnamespace, relname
    union all
    select distinct 'other', pg_describe_object(classid, objid, objsubid), 0
    from reached
    cross join lateral (
        values ('pg_class'::regclass, reached.oid), ('pg_type'::regclass, reached.reltype)
    ) as place (class, object)
    join pg_depend on refclassid = class and refobjid = object and deptype = 'n'
    where classid <> 'pg_rewrite'::regclass
    union all
    select 'other', pg_describe_object(class, object, 0), 0
    from (
        select 'pg_policy'::regclass, oid from pg_policy
        where polrelid = '{{ relation }}'::regclass and polname <> 'bullion_reads'
        union all
        select 'pg_trigger'::regclass, oid from pg_trigger
        where tgrelid = '{{ relation }}'::regclass and not tgisinternal
        union all
        select 'pg_statistic_ext'::regclass, oid from pg_statistic_ext
        where stxrelid = '{{ relation }}'::regclass
        union all
        select 'pg_publication_rel'::regclass, oid from pg_publication_rel
        where prrelid = '{{ relation }}'::regclass
        union all
        select 'pg_class'::regclass, indexrelid
        from pg_index
        join pg_class on pg_class.oid = indexrelid
        where indrelid = '{{ relation }}'::regclass and not {{ _is_own_index() }}
    ) as beside (class, object)
    union all
    select 'other', 'grants on columns of {{ relation.render() | replace('"', '') }}', 0
    where exists (
        select from pg_attribute where attrelid = '{{ relation }}'::regclass and attacl is not null
    )
    {%- if built %}
    union all
    select
        'grant',
        format(
            'grant %s on {{ built }} to %s%s', privilege_type,
            case grantee when 0 then 'public' else quote_ident(pg_get_userbyid(grantee)) end,
            case when is_grantable then ' with grant option' end
        ),
        0
    from (
        select grantee, privilege_type, is_grantable
        from pg_class cross join aclexplode(relacl)
        where oid = '{{ relation }}'::regclass and grantee <> relowner
        except
        select grantee, privilege_type, is_grantable
        from pg_class cross join aclexplode(relacl)
        where oid = '{{ built }}'::regclass
    ) as lacking
    {%- endif %}
    order by depth
{%- endmacro %}

{# Whether a row of pg_index and pg_class is an index that a build has made: dbt names them by a
   hash. #}
{% macro _is_own_index() -%}
    (
        relname ~ '^[0-9a-f]{32}$'
        or exists (
            select from pg_constraint where conindid = indexrelid and contype in ('p', 'u', 'x')
        )
    )
{%- endmacro %}
