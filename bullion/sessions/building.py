"""One build a warehouse: a connection of its own holds the lock while dbt works over others.

It ends with its holder. Where the connection is ended (by an administrator, by a lost network),
another build may begin; so it is looked at each second, and the build stops before its next model.
In the same look those are named whom the build has been waiting for.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import psycopg
from psycopg import sql

from bullion.errors import BullionError
from bullion.sessions.locks import lock_table, make_lock_table

TABLE = "build_lock"
PROGRAM = "bullion-dbt"
_LOOK_SECONDS = 1.0
# A build takes minutes: whoever comes second is told so, and waits for no more than a vacuum.
_WAIT_SECONDS = 2.0

_SETTINGS = {
    "statement_timeout": "0",
    "idle_in_transaction_session_timeout": "0",
    "transaction_timeout": "0",
    # A machine that has gone dark holds the lock for no longer than these add up to, two minutes.
    "tcp_keepalives_idle": "60",
    "tcp_keepalives_interval": "10",
    "tcp_keepalives_count": "6",
}

_WAITING = """
    select distinct
        blocker.pid, blocker.usename, blocker.application_name,
        to_char(blocker.xact_start at time zone 'UTC', 'HH24:MI:SS'),
        coalesce(waited.relation::regclass::text, waited.locktype)
    from pg_stat_activity as ours
    join pg_locks as waited on waited.pid = ours.pid and not waited.granted
    cross join lateral unnest(pg_blocking_pids(ours.pid)) as blocking (pid)
    join pg_stat_activity as blocker on blocker.pid = blocking.pid
    where
        ours.datname = current_database() and ours.usename = session_user
        and ours.application_name = %s and ours.wait_event_type = 'Lock'
        and blocker.application_name <> %s
        and waited.waitstart < clock_timestamp() - interval '1 second'
"""

# Of this process, none or one.
_held: list[Guard] = []


class Guard:
    """The connection that holds the lock, and the thread that looks after it."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self._connection = connection
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="build lock", daemon=True)
        self._said: set[tuple[Any, ...]] = set()
        self._on_loss: list[Callable[[str], None]] = []
        self.lost = ""

    def take(self, role: str, schema: str) -> None:
        """Take the lock, by the role that builds. Raises LockHeldError, and BullionError where
        the database is not prepared."""
        run = self._connection.execute
        if role:
            run(sql.SQL("set role {}").format(sql.Identifier(role)))
        # Those that a server has: not all are of each release.
        run(
            "select set_config(name, value, false) from pg_settings"
            " join unnest(%s::text[], %s::text[]) as wanted (name, value) using (name)",
            (list(_SETTINGS), list(_SETTINGS.values())),
        )
        found = run("select to_regclass(%s)", (f'"{schema}".{TABLE}',)).fetchone()
        if found is None or found[0] is None:
            try:
                run(sql.SQL("create schema if not exists {}").format(sql.Identifier(schema)))
                make_lock_table(self._connection, schema, TABLE)
            except psycopg.errors.InsufficientPrivilege as error:
                raise BullionError(
                    f"The database {self._connection.info.dbname} is not prepared "
                    f"({error.diag.message_primary}): run 'bullion up', which gives it its schemas "
                    "and rights."
                ) from error
        self._connection.commit()
        # Opens the transaction that keeps the lock.
        run("select 1")
        lock_table(self._connection, schema, TABLE, _WAIT_SECONDS, "another build")
        self._thread.start()

    def end(self) -> None:
        """Give the lock back."""
        self._done.set()
        if self._thread.is_alive():
            self._thread.join()

    def on_loss(self, call: Callable[[str], None]) -> None:
        """Let ``call`` be told, in words, when the lock is lost."""
        self._on_loss.append(call)

    def _watch(self) -> None:
        while not self._done.wait(_LOOK_SECONDS):
            try:
                self._look()
            except psycopg.OperationalError as error:
                self._lose(error)
                return
            except psycopg.Error:
                # The look must not cost the lock: what it could not see it does not say.
                with suppress(psycopg.Error):
                    self._connection.execute("select 1")

    def _look(self) -> None:
        with self._connection.transaction():
            self._connection.execute("select pg_stat_clear_snapshot()")
            for found in self._connection.execute(_WAITING, (PROGRAM, PROGRAM)).fetchall():
                if found not in self._said:
                    self._said.add(found)
                    pid, user, program, since, relation = found
                    print(
                        f"The build waits for {relation}, which process {pid} of user {user} "
                        f"({program}) holds{f' since {since} UTC' if since else ''}.",
                        file=sys.stderr,
                        flush=True,
                    )

    def _lose(self, error: psycopg.Error) -> None:
        self.lost = (
            "The build's lock is lost, for the connection that held it has ended "
            f"({' '.join(str(error).split())}): it stops before its next model, lest another build "
            "works beside it; build again."
        )
        for call in self._on_loss:
            call(self.lost)


@contextmanager
def building(
    connect: Callable[[], psycopg.Connection[Any]], role: str, suffix: str
) -> Iterator[Guard]:
    """Be the one build of a warehouse while this lasts; within it, in the same process, the same.

    ``connect`` opens the connection that holds the lock, ``role`` builds, ``suffix`` is that of its
    schemas. Raises LockHeldError.
    """
    if _held:
        yield _held[0]
        return
    with connect() as connection:
        guard = Guard(connection)
        guard.take(role, "silver" + suffix)
        _held.append(guard)
        try:
            yield guard
        finally:
            _held.remove(guard)
            guard.end()
            if guard.lost:
                connection.close()
