{# The business rules of a raw table, in the order in which they are tried: closed sets and ranges
   of the contract, those named in the base model's config.meta.rules, what its dates may be
   (date_rules), orphans. Each is {name, when
   (SQL that is true for a bad row; columns unqualified), column, reason (SQL text expression)} and,
   where it needs a parent, parent. A rule of config.meta.rules may read one column of a required
   parent as _parent_<column>: parent: {reference: the column that names it, column}. #}
{% macro quarantine_rules(table_name) -%}
    {%- set table = contract_table(table_name) -%}
    {%- set rules = [] -%}
    {%- for column in table.columns if column.get('values') -%}
        {%- set values = column['values'] | map('string') | map('replace', "'", "''") -%}
        {%- set values = values | list -%}
        {%- do rules.append({
            'name': 'value:' ~ column.name,
            'when': column.name ~ " not in ('" ~ values | join("', '") ~ "')",
            'column': column.name,
            'reason': "'" ~ column.name ~ " ''' || coalesce(" ~ column.name ~ ", 'null')"
                ~ " || ''' is not one of: " ~ values | join(', ') ~ "'",
        }) -%}
    {%- endfor -%}
    {%- for column in table.columns
        if column.get('min') is not none and column.get('max') is not none -%}
        {%- set as_text = "cast(" ~ column.name ~ " as " ~ text_type() ~ ")" -%}
        {%- do rules.append({
            'name': 'range:' ~ column.name,
            'when': column.name ~ " not between " ~ column['min'] ~ " and " ~ column['max'],
            'column': column.name,
            'reason': "'" ~ column.name ~ " ' || coalesce(" ~ as_text ~ ", 'null')"
                ~ " || ' is outside " ~ column['min'] ~ " to " ~ column['max'] ~ "'",
        }) -%}
    {%- endfor -%}
    {%- for rule in base_meta(table_name, 'rules') -%}
        {%- set made = {
            'name': rule.name,
            'when': rule.when,
            'column': rule.name.split(':')[-1],
            'reason': "'" ~ rule.reason | replace("'", "''") ~ "'",
        } -%}
        {%- if rule.parent is defined -%}{%- do made.update({'parent': rule.parent}) -%}{%- endif -%}
        {%- do rules.append(made) -%}
    {%- endfor -%}
    {%- do rules.extend(date_rules(table)) -%}
    {%- for column in required_references(table) -%}
        {%- do rules.append({
            'name': 'orphan:' ~ column.name,
            'when': column.name ~ " is not null and _parent_" ~ column.name ~ " is null",
            'column': column.name,
            'parent': column.references,
            'reason': "'" ~ column.name ~ " ''' || coalesce(" ~ column.name ~ ", 'null')"
                ~ " || ''' has not arrived in " ~ column.references ~ "'",
        }) -%}
    {%- endfor -%}
    {{ return(rules) }}
{%- endmacro %}

{# A case expression: the first broken rule's name, or null for a good row. Without orphans, and
   what else needs a parent, it can be used on any version of a row (what the history models do). #}
{% macro quarantine_case(table_name, orphans=true) -%}
    {%- set rules = quarantine_rules(table_name) -%}
    {%- set used = rules if orphans else rules | rejectattr('parent', 'defined') | list -%}
    {%- if used | length == 0 -%}
        cast(null as {{ text_type() }})
    {%- else -%}
    case
        {%- for rule in used %}
        when {{ rule.when }} then '{{ rule.name }}'
        {%- endfor %}
    end
    {%- endif -%}
{%- endmacro %}

{# A list in config.meta of a raw table's base model: rules, milestones. #}
{% macro base_meta(table_name, entry) -%}
    {%- for node in graph.nodes.values()
        if node.resource_type == 'model' and node.name == 'base_' ~ table_name -%}
        {{ return(node.config.meta.get(entry, [])) }}
    {%- endfor -%}
    {{ return([]) }}
{%- endmacro %}

{# The rules of a raw table's dates: none before the first plausible day (early:), none later than
   the extract that brought it or, where it is planned, further ahead than a plan reaches (late:).
   Without them one slip of the keyboard would stretch the calendar, and what is known as of a day,
   to it. #}
{% macro date_rules(table) -%}
    {%- set rules = [] -%}
    {%- for column in table.columns if column.get('time') -%}
        {%- set is_birth = column.time == 'birth' -%}
        {%- set first_day = var('plausible_first_' ~ ('birth' if is_birth else 'day')) -%}
        {%- set is_ahead = column.time in ('planned', 'end') -%}
        {%- set years = var('plausible_years_ahead') -%}
        {%- set limit = "_extracted_at + interval '" ~ (years if is_ahead else 1) ~ "' "
            ~ ('year' if is_ahead else 'day') -%}
        {%- set said = "'" ~ column.name ~ " ' || coalesce(cast(" ~ column.name ~ " as " ~ text_type()
            ~ "), 'null')" -%}
        {%- do rules.append({
            'name': 'early:' ~ column.name,
            'when': column.name ~ ' < ' ~ day_of(first_day),
            'column': column.name,
            'reason': said ~ " || ' is before " ~ first_day ~ "'",
        }) -%}
        {%- do rules.append({
            'name': 'late:' ~ column.name,
            'when': column.name ~ ' >= ' ~ limit,
            'column': column.name,
            'reason': said ~ " || ' is "
                ~ ('more than ' ~ years ~ ' years after' if is_ahead else 'later than')
                ~ " the extract that brought it'",
        }) -%}
    {%- endfor -%}
    {{ return(rules) }}
{%- endmacro %}
