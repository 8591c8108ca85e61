"""Bronze in PostgreSQL, made from the contract: raw tables and the record of each load."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg import sql

from bullion.contract import METADATA_COLUMNS, Table, load_contract
from bullion.errors import BullionError
from bullion.ingest.migration import Migration, migration, refuse
from bullion.ingest.postgres import migrate
from bullion.sessions.locks import (
    LockHeldError,
    holders,
    limit_waiting,
    lock_table,
    lock_wait_seconds,
    make_lock_table,
)

OWNER = "archivist"
WRITER = "loader"
READER_OF_RAW_ROWS = "transformer"
READER_OF_AUDIT = "auditor"

# Of the loads of a warehouse: a batch number is drawn and committed before the next.
LOCK = "load_lock"

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
    add column if not exists last_key text,
    add column if not exists keys_repeated bigint,
    add column if not exists rows_identical bigint,
    add column if not exists values_rounded bigint;
create unique index if not exists load_audit_same_file
    on {schema}.load_audit (table_name, content_hash, extracted_at);
create table if not exists {schema}.load_control_totals (
    batch_id bigint not null references {schema}.load_audit,
    column_name text not null,
    total numeric not null,
    primary key (batch_id, column_name)
);
-- The total is the file's, and may have more decimals than money has.
alter table {schema}.load_control_totals
    alter column total type numeric,
    add column if not exists loaded_total numeric(38, 3);
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

_AUDIT_TABLES = {"load_audit", "load_control_totals", "rejected_rows"}


def bronze_schema() -> str:
    """Name of the bronze schema: ``bronze``, plus ``BULLION_SCHEMA_SUFFIX`` where tests set it."""
    return "bronze" + os.environ.get("BULLION_SCHEMA_SUFFIX", "")


def ensure_bronze(
    connection: psycopg.Connection[Any], contract: Mapping[str, Table] | None = None
) -> list[str]:
    """Create what is missing of bronze: all tables of the contract, audit, totals, rejects.

    A table that an earlier contract made follows the contract (a column added, a type widened);
    returns a line for each. Commits its own transaction. Raises BullionError, and changes nothing,
    when a table cannot follow.
    """
    schema = bronze_schema()
    tables = contract or load_contract()
    with say_holders(connection, schema, tables), connection.transaction():
        lock_loads(connection)
        found = _existing_columns(connection, schema)
        missing = [table for table in tables.values() if table.name not in found]
        changes = _changes(connection, schema, tables, found)
        with as_owner(connection, schema):
            for name, (change, checks_anew) in changes.items():
                migrate.apply(connection, tables[name], schema, change, checks_anew=checks_anew)
        if missing or not _has_audit(found):
            _create(connection, schema, missing)
    made = [f"{schema}.{table.name} follows the contract: made." for table in missing if found]
    return [*made, *(str(change) for change, _ in changes.values() if change)]


@contextmanager
def say_holders(
    connection: psycopg.Connection[Any], schema: str, names: Iterable[str]
) -> Iterator[None]:
    """Where a lock on one of these tables does not come in time, name those who hold them."""
    try:
        yield
    except psycopg.errors.LockNotAvailable as error:
        held = holders(connection, [f"{schema}.{name}" for name in names])
        raise LockHeldError(
            f"A table of {schema} could not be locked in {lock_wait_seconds():g} s: {held}. Let "
            "that session end (an administrator: select pg_terminate_backend(process)) and try "
            "again."
        ) from error


def follow_contract(connection: psycopg.Connection[Any]) -> list[str]:
    """Let bronze, where it stands, follow the contract; see :func:`ensure_bronze`.

    Waits for no load where there is nothing to do.
    """
    schema, tables = bronze_schema(), load_contract()
    with connection.transaction():
        found = _existing_columns(connection, schema)
        is_there = bool(found.keys() & (tables.keys() | _AUDIT_TABLES))
        is_as_said = tables.keys() <= found.keys() and _has_audit(found)
        is_due = is_there and not (is_as_said and not _changes(connection, schema, tables, found))
    return ensure_bronze(connection) if is_due else []


def _has_audit(found: Mapping[str, dict[str, str]]) -> bool:
    """Whether the record of the loads has all that this release writes."""
    return found.keys() >= _AUDIT_TABLES and "values_rounded" in found["load_audit"]


def lock_loads(connection: psycopg.Connection[Any]) -> None:
    """Take the one lock of all loads of this warehouse, until the open transaction ends.

    Waits for another load, and for whatever else holds up the transaction later, for
    :func:`~bullion.sessions.locks.lock_wait_seconds`. Raises LockHeldError.
    """
    schema, seconds = bronze_schema(), lock_wait_seconds()
    if _is_missing(connection, schema, LOCK):
        try:
            with connection.transaction(), as_owner(connection, schema):
                connection.execute(f"create schema if not exists {schema}")
                make_lock_table(connection, schema, LOCK)
                if WRITER in _roles(connection):
                    connection.execute(f"grant usage on schema {schema} to {WRITER}")
                    connection.execute(f"grant update on {schema}.{LOCK} to {WRITER}")
        except psycopg.errors.InsufficientPrivilege as error:
            raise BullionError(
                f"{schema}.{LOCK} is missing, and this login may not make it: have an "
                "administrator run 'bullion up'."
            ) from error
    lock_table(connection, schema, LOCK, seconds, "another load")
    limit_waiting(connection, seconds)


def _is_missing(connection: psycopg.Connection[Any], schema: str, name: str) -> bool:
    row = connection.execute(
        "select not exists (select from pg_class where relname = %s and relnamespace = "
        "to_regnamespace(%s))",
        (name, schema),
    ).fetchone()
    return bool(row and row[0])


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
    columns.append(migrate.complete_check(table))
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


def _changes(
    connection: psycopg.Connection[Any],
    schema: str,
    contract: Mapping[str, Table],
    found: Mapping[str, dict[str, str]],
) -> dict[str, tuple[Migration, bool]]:
    """By table that stands and is not as the contract says: what changes, and whether the check of
    its rows does. Raises BullionError when a table cannot follow."""
    checked = migrate.checked_columns(connection, schema)
    changes = {}
    for name, table in contract.items():
        if name not in found:
            continue
        wanted = {column.name: column.data_type for column in table.columns} | _METADATA_TYPES
        wanted["_source_row"] += " identity"
        kinds = {n: kind.replace(" without time zone", "") for n, kind in found[name].items()}
        change = migration(f"{schema}.{name}", kinds, wanted)
        checks_anew = migrate.requires_other(connection, table, schema, checked[name], change)
        if change or checks_anew:
            changes[name] = (change, checks_anew)
    refuse([change for change, _ in changes.values()])
    return changes


def _create(connection: psycopg.Connection[Any], schema: str, missing: list[Table]) -> None:
    statements = [_AUDIT_DDL.format(schema=schema)]
    statements += [_setting_function(setting, schema) for setting in _BATCH_SETTINGS]
    statements += [table_ddl(table, schema) for table in missing]
    roles = _roles(connection)
    if WRITER in roles:
        # What is loaded is appended: nobody but its owner changes or erases a row.
        statements += [
            f"grant usage on schema {schema} to {WRITER};",
            f"grant select, insert on all tables in schema {schema} to {WRITER};",
            f"grant usage, select, update on all sequences in schema {schema} to {WRITER};",
        ]
    if READER_OF_RAW_ROWS in roles:
        statements.append(f"grant usage on schema {schema} to {READER_OF_RAW_ROWS};")
        statements.append(f"grant select on all tables in schema {schema} to {READER_OF_RAW_ROWS};")
    if READER_OF_AUDIT in roles:
        statements.append(f"grant usage on schema {schema} to {READER_OF_AUDIT};")
        statements.append(
            f"grant select on {schema}.load_audit, {schema}.load_control_totals "
            f"to {READER_OF_AUDIT};"
        )
    with as_owner(connection, schema):
        connection.execute(f"create schema if not exists {schema}")
        connection.execute("\n".join(statements))


def _roles(connection: psycopg.Connection[Any]) -> set[str]:
    """Bronze's roles that the server has."""
    found = connection.execute(
        "select rolname from pg_roles where rolname = any(%s)",
        ([OWNER, WRITER, READER_OF_RAW_ROWS, READER_OF_AUDIT],),
    )
    return {name for (name,) in found}


@contextmanager
def as_owner(connection: psycopg.Connection[Any], schema: str) -> Iterator[None]:
    """As bronze's owner, where this login may be it, for a part of the open transaction."""
    owner = _owner(connection, schema)
    if owner:
        connection.execute(sql.SQL("set local role {}").format(sql.Identifier(owner)))
    yield
    connection.execute("reset role")


def _owner(connection: psycopg.Connection[Any], schema: str) -> str | None:
    """The role of ours that owns the schema, or will own a new one, where this login may be it."""
    row = connection.execute(
        """
        select role.rolname
        from unnest(%(owners)s::text[]) with ordinality as wanted (name, place)
        join pg_roles as role on role.rolname = wanted.name
        left join pg_namespace on nspname = %(schema)s
        where
            pg_has_role(current_user, role.oid, 'member')
            and case
                when nspname is not null then nspowner = role.oid
                else has_database_privilege(role.oid, current_database(), 'create')
            end
        order by place
        limit 1
        """,
        # Of a server that was prepared by an earlier release, the loader.
        {"owners": [OWNER, WRITER], "schema": schema},
    ).fetchone()
    return row[0] if row else None
