"""Bronze in PostgreSQL, made from the contract: raw tables and the record of each load."""

from __future__ import annotations

import os
from typing import Any

import psycopg
from psycopg import sql

from bullion.contract import METADATA_COLUMNS, Table, load_contract
from bullion.errors import BullionError

OWNER = "loader"
READER_OF_RAW_ROWS = "transformer"
READER_OF_AUDIT = "auditor"

# One lock for all loads of a warehouse: a batch number is drawn and committed before the next.
LOCK_SPACE = 1_651_470_188

# What the loader says once per file; COPY fills the columns from it by their defaults.
_BATCH_SETTINGS = {
    "batch_id": "bigint",
    "extracted_at": "timestamp",
    "loaded_at": "timestamp",
    "source_file": "text",
}

_METADATA_TYPES = {
    "_batch_id": "bigint",
    "_extracted_at": "timestamp",
    "_loaded_at": "timestamp",
    "_source_file": "text",
    "_source_row": "bigint",
    "_op": "text",
}

_AUDIT_DDL = """
create sequence if not exists {schema}.batch_id_sequence;
create table if not exists {schema}.load_audit (
    batch_id bigint primary key,
    table_name text not null,
    source_file text not null,
    content_hash text not null,
    extracted_at timestamp not null,
    started_at timestamp not null,
    finished_at timestamp not null,
    rows_read bigint not null,
    rows_loaded bigint not null,
    rows_rejected bigint not null,
    deletes bigint not null,
    absence_deletes bigint not null,
    is_full_extract boolean not null,
    status text not null check (status = 'loaded'),
    read_path text not null check (read_path in ('straight', 'checked')),
    check (rows_read = rows_loaded + rows_rejected)
);
-- What the load has seen; null of batches that came before it looked.
alter table {schema}.load_audit
    add column if not exists text_is_trimmed boolean,
    add column if not exists first_key text,
    add column if not exists last_key text;
create unique index if not exists load_audit_same_file
    on {schema}.load_audit (table_name, content_hash, extracted_at);
create table if not exists {schema}.load_control_totals (
    batch_id bigint not null references {schema}.load_audit,
    column_name text not null,
    total numeric(38, 2) not null,
    primary key (batch_id, column_name)
);
create table if not exists {schema}.rejected_rows (
    batch_id bigint not null references {schema}.load_audit,
    table_name text not null,
    source_file text not null,
    source_row bigint not null,
    source_line bigint,
    column_name text,
    kind text not null,
    raw_text text,
    reason text not null,
    primary key (batch_id, source_row)
);
"""


def bronze_schema() -> str:
    """Name of the bronze schema: ``bronze``, plus ``BULLION_SCHEMA_SUFFIX`` where tests set it."""
    return "bronze" + os.environ.get("BULLION_SCHEMA_SUFFIX", "")


def ensure_bronze(connection: psycopg.Connection[Any]) -> None:
    """Create what is missing of bronze: all tables of the contract, audit, totals, rejects.

    Commits its own transaction. Raises BullionError when a table that exists does not have the
    contract's columns (a changed contract needs a migration, never a guess).
    """
    schema = bronze_schema()
    with connection.transaction():
        lock_loads(connection)
        found = _existing_columns(connection, schema)
        missing = [table for table in load_contract().values() if table.name not in found]
        for table in load_contract().values():
            if table.name in found:
                _require_same_columns(table, found[table.name], schema)
        audit_tables = {"load_audit", "load_control_totals", "rejected_rows"}
        is_current = audit_tables <= found.keys() and "last_key" in found["load_audit"]
        if missing or not is_current:
            _create(connection, schema, missing)


def lock_loads(connection: psycopg.Connection[Any]) -> None:
    """Wait for the one lock of all loads of this warehouse; the transaction's end releases it."""
    connection.execute(
        "select pg_advisory_xact_lock(%s, hashtext(%s))", (LOCK_SPACE, bronze_schema())
    )


def table_ddl(table: Table, schema: str) -> str:
    """``create table`` of one raw table and its BRIN index, as SQL text.

    A delete needs only its key, so the other required columns are checked, not declared not null;
    one constraint a table keeps COPY fast.
    """
    columns = [
        f"{column.name} {column.data_type}{' not null' if column.name in table.key else ''}"
        for column in table.columns
    ]
    columns += [
        f"{name} {_METADATA_TYPES[name]} not null {_metadata_default(name, schema)}"
        for name in METADATA_COLUMNS
    ]
    required = [c.name for c in table.columns if c.required and c.name not in table.key]
    conditions = " and ".join([*(f"{name} is not null" for name in required), "_op = 'upsert'"])
    columns.append(f"constraint complete_or_delete check (({conditions}) or _op = 'delete')")
    body = ",\n    ".join(columns)
    return (
        f"create table if not exists {schema}.{table.name} (\n    {body}\n);\n"
        f"create index if not exists {table.name}_batch_id_brin\n"
        f"    on {schema}.{table.name} using brin (_batch_id) with (autosummarize = on);"
    )


def _metadata_default(name: str, schema: str) -> str:
    setting = name.removeprefix("_")
    if setting in _BATCH_SETTINGS:
        return f"default {schema}.current_{setting}()"
    if name == "_source_row":
        # Counts the records of a straight COPY; half the cost of a default that calls nextval().
        return "generated by default as identity (cache 1000)"
    return "default 'upsert'"


def _setting_function(setting: str, schema: str) -> str:
    # Marked immutable on purpose: COPY plans its defaults anew at each start and then folds the
    # call to a constant, so the four columns cost nothing per row (stable would be called for
    # each). Outside a load the setting is not there and an insert that relies on it fails.
    kind = _BATCH_SETTINGS[setting]
    return (
        f"create or replace function {schema}.current_{setting}() returns {kind} language sql "
        f"immutable parallel safe as $$ select current_setting('bullion.{setting}')::{kind} $$;"
    )


def _existing_columns(
    connection: psycopg.Connection[Any], schema: str
) -> dict[str, dict[str, str]]:
    rows = connection.execute(
        """
        select
            relname, attname,
            format_type(atttypid, atttypmod)
            || case attidentity when 'd' then ' identity' else '' end
        from pg_class
        join pg_attribute on attrelid = pg_class.oid and attnum > 0 and not attisdropped
        where relnamespace = to_regnamespace(%s) and relkind = 'r'
        """,
        (schema,),
    ).fetchall()
    found: dict[str, dict[str, str]] = {}
    for table_name, column_name, data_type in rows:
        found.setdefault(table_name, {})[column_name] = data_type
    return found


def _require_same_columns(table: Table, found: dict[str, str], schema: str) -> None:
    wanted = {column.name: column.data_type for column in table.columns} | _METADATA_TYPES
    wanted["_source_row"] += " identity"
    present = {name: kind.replace(" without time zone", "") for name, kind in found.items()}
    differing = sorted(
        name for name in wanted.keys() | present.keys() if wanted.get(name) != present.get(name)
    )
    if differing:
        raise BullionError(
            f"{schema}.{table.name} is not as the contract says (columns: {', '.join(differing)}): "
            "the contract has changed since the table was made; alter or drop the table."
        )


def _create(connection: psycopg.Connection[Any], schema: str, missing: list[Table]) -> None:
    roles = {
        name
        for (name,) in connection.execute(
            "select rolname from pg_roles where rolname = any(%s)",
            ([OWNER, READER_OF_RAW_ROWS, READER_OF_AUDIT],),
        )
    }
    if OWNER in roles and _may_create_as_owner(connection, schema):
        connection.execute(sql.SQL("set local role {}").format(sql.Identifier(OWNER)))
    connection.execute(f"create schema if not exists {schema}")
    statements = [_AUDIT_DDL.format(schema=schema)]
    statements += [_setting_function(setting, schema) for setting in _BATCH_SETTINGS]
    statements += [table_ddl(table, schema) for table in missing]
    if READER_OF_RAW_ROWS in roles:
        statements.append(f"grant usage on schema {schema} to {READER_OF_RAW_ROWS};")
        statements.append(f"grant select on all tables in schema {schema} to {READER_OF_RAW_ROWS};")
    if READER_OF_AUDIT in roles:
        statements.append(f"grant usage on schema {schema} to {READER_OF_AUDIT};")
        statements.append(
            f"grant select on {schema}.load_audit, {schema}.load_control_totals "
            f"to {READER_OF_AUDIT};"
        )
    connection.execute("\n".join(statements))
    connection.execute("reset role")


def _may_create_as_owner(connection: psycopg.Connection[Any], schema: str) -> bool:
    """Whether this login is a member of the owning role and the schema is that role's (or new)."""
    row = connection.execute(
        """
        select pg_has_role(current_user, %(owner)s, 'member') and coalesce(
            (
                select pg_get_userbyid(nspowner) = %(owner)s
                from pg_namespace where nspname = %(name)s
            ),
            has_database_privilege(%(owner)s, current_database(), 'create')
        )
        """,
        {"owner": OWNER, "name": schema},
    ).fetchone()
    return bool(row and row[0])
