"""Locks on a table that is there for nothing else.

An advisory lock is anybody's: any login could hold its number and so stop every load and build. To
lock a table needs a right on it. The mode conflicts with itself and with no reader, and the lock
ends with the transaction, so with its holder.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

import psycopg
from psycopg import sql

from bullion.errors import BullionError

WAIT = "BULLION_LOCK_WAIT_SECONDS"
_WAIT_SECONDS = 60.0
_MODE = "share update exclusive"


class LockHeldError(BullionError):
    """Another session holds the lock; the words say which, and since when."""


def lock_wait_seconds() -> float:
    """How long loads and builds wait for a lock: ``BULLION_LOCK_WAIT_SECONDS``, else a minute.

    Raises BullionError where that is no number.
    """
    text = os.environ.get(WAIT) or str(_WAIT_SECONDS)
    try:
        return max(0.01, float(text))
    except ValueError:
        raise BullionError(f"{WAIT} is '{text}': set it to a number of seconds.") from None


def limit_waiting(connection: psycopg.Connection[Any], seconds: float) -> None:
    """Let no statement of the open transaction wait longer for a lock."""
    connection.execute("select set_config('lock_timeout', %s, true)", (f"{seconds * 1000:.0f}ms",))


def make_lock_table(connection: psycopg.Connection[Any], schema: str, name: str) -> None:
    """Make the table that is locked, in the open transaction, by a role that may."""
    try:
        with connection.transaction():
            connection.execute(
                sql.SQL("create table if not exists {} ()").format(sql.Identifier(schema, name))
            )
    except (psycopg.errors.UniqueViolation, psycopg.errors.DuplicateTable):
        # Another session has just made it.
        return


def lock_table(
    connection: psycopg.Connection[Any], schema: str, name: str, seconds: float, what: str
) -> None:
    """Hold the lock until the open transaction ends; raises LockHeldError after ``seconds``.

    ``what``: the holder in words ("another load").
    """
    try:
        with connection.transaction():
            limit_waiting(connection, seconds)
            connection.execute(
                sql.SQL("lock table only {} in " + _MODE + " mode").format(
                    sql.Identifier(schema, name)
                )
            )
    except psycopg.errors.LockNotAvailable:
        holder = holders(connection, [f"{schema}.{name}"])
        raise LockHeldError(
            f"{what[0].upper()}{what[1:]} is running: {holder}. Wait until it has ended, or end "
            "it (an administrator: select pg_terminate_backend(process))."
        ) from None


def holders(connection: psycopg.Connection[Any], tables: Sequence[str]) -> str:
    """Who holds locks on tables: process, user, program, since when (where that may be seen)."""
    rows = connection.execute(
        """
        select
            pid, usename, application_name,
            to_char(xact_start at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS'),
            relation::regclass::text
        from pg_locks
        join pg_stat_activity using (pid)
        where
            relation = any (array(select to_regclass(name) from unnest(%s::text[]) as names (name)))
            and granted and pid <> pg_backend_pid()
            and database = (select oid from pg_database where datname = current_database())
        group by pid, usename, application_name, xact_start, relation
        order by xact_start, pid
        """,
        (list(tables),),
    ).fetchall()
    named = [
        f"process {pid} of user {user} ({program or 'no name'}) holds {relation}"
        + (f" since {since} UTC" if since else "")
        for pid, user, program, since, relation in rows
    ]
    return "; ".join(named) or "a session that has ended meanwhile"
