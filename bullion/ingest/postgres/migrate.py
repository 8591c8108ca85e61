"""Changes of raw tables in PostgreSQL, made in place when the contract has changed."""

from __future__ import annotations

from typing import Any

import psycopg

from bullion.contract import Table
from bullion.errors import BullionError
from bullion.ingest.migration import Migration

# The check that a row has what is required or is a delete.
COMPLETE = "complete_or_delete"


def complete_check(table: Table) -> str:
    """The constraint by which a row has all that is required, unless it is a delete."""
    required = [c.name for c in table.columns if c.required and c.name not in table.key]
    conditions = " and ".join([*(f"{name} is not null" for name in required), "_op = 'upsert'"])
    return f"constraint {COMPLETE} check (({conditions}) or _op = 'delete')"


def checked_columns(
    connection: psycopg.Connection[Any], schema: str
) -> dict[str, tuple[set[str], set[str]]]:
    """By raw table: its columns that cannot be null, and those that its check names."""
    rows = connection.execute(
        """
        select
            relname,
            array_agg(attname::text) filter (where attnotnull and attname not like '\\_%%'),
            array_agg(attname::text) filter (where attnum = any(conkey) and attname <> '_op')
        from pg_class
        join pg_attribute on attrelid = pg_class.oid and attnum > 0 and not attisdropped
        left join pg_constraint on conrelid = pg_class.oid and conname = %s
        where relnamespace = to_regnamespace(%s) and relkind = 'r'
        group by relname
        """,
        (COMPLETE, schema),
    ).fetchall()
    return {name: (set(key or ()), set(checked or ())) for name, key, checked in rows}


def requires_other(
    connection: psycopg.Connection[Any],
    table: Table,
    schema: str,
    standing: tuple[set[str], set[str]],
    found: Migration,
) -> bool:
    """Whether the table's check must be made anew; adds to ``found`` what speaks against it."""
    key, checked = standing
    required = {c.name for c in table.columns if c.required} - set(table.key)
    if key != set(table.key):
        found.refused.append(
            f"its key was {', '.join(sorted(key))}, by which its rows are told apart: put it back"
        )
    for name in sorted(required - checked):
        is_null = "" if name in found.added else f"{name} is null and"
        [lacking] = connection.execute(
            f"select count(*) from {schema}.{table.name} where {is_null} _op = 'upsert'"
        ).fetchone() or (0,)
        if lacking:
            found.refused.append(
                f"{name} is required now, and {lacking} rows are there without it: "
                "leave out its required"
            )
    return required != checked


def apply(
    connection: psycopg.Connection[Any],
    table: Table,
    schema: str,
    changes: Migration,
    *,
    checks_anew: bool,
) -> None:
    """Alter the table in the open transaction.

    Raises BullionError where a value does not fit its column's new type, or a view holds a column
    to its type.
    """
    steps = [f"add column {name} {kind}" for name, kind in changes.added.items()]
    steps += [
        f"alter column {name} type {new} using {name}::{new}"
        for name, (_, new) in changes.widened.items()
    ]
    if checks_anew:
        steps = [f"drop constraint if exists {COMPLETE}", *steps, f"add {complete_check(table)}"]
    if not steps:
        return
    try:
        # Days as ISO writes them, where they become text.
        connection.execute("set local datestyle = 'ISO'")
        connection.execute(f"alter table {schema}.{table.name} {', '.join(steps)}")
    except (psycopg.errors.DataError, psycopg.errors.FeatureNotSupported) as error:
        raise BullionError(
            f"{schema}.{table.name} cannot follow the contract, so nothing was changed "
            f"({' '.join(str(error).split())}): keep its types, and give new ones to new columns."
        ) from error
