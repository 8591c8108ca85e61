"""What the server's log and catalogue say of who did what (postgres-init/70_audit_login.sql)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg

from bullion.printing import printable

_MARK = "bullion audit: "
# As server_settings() has log_line_prefix: time, process, and of a session user and database.
_LINE = re.compile(
    r"(?P<at>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)\S* \S+ \[\d+\] (?P<user>.+?)@(?P<database>\S+) "
    r"LOG:  (?P<words>.*)"
)


@dataclass(frozen=True)
class Event:
    """One line of the log: when (UTC), who, in which database, and what."""

    at: datetime
    user: str
    database: str
    what: str


def events(lines: Iterable[str], connections: bool = False) -> Iterator[Event]:
    """The reads of personal data and changed definitions of a log, and its connections if wanted.

    What a user's own words could change (names of programs) is made printable.
    """
    for line in lines:
        found = _LINE.match(line)
        if not found:
            continue
        words = found["words"].strip()
        if words.startswith(_MARK):
            what = words.removeprefix(_MARK)
        elif connections and words.startswith(("connection authorized:", "disconnection:")):
            what = words
        else:
            continue
        at = datetime.fromisoformat(found["at"])
        yield Event(at, printable(found["user"]), printable(found["database"]), printable(what))


def is_noted(connection: psycopg.Connection[Any]) -> bool:
    """Whether this server notes who reads personal data."""
    row = connection.execute(
        "select exists (select from pg_proc where proname = 'note_read'"
        " and pronamespace::regnamespace::text = 'audit')"
    ).fetchone()
    return bool(row and row[0])


def readers_of_persons(connection: psycopg.Connection[Any]) -> list[tuple[str, str]]:
    """The logins that can read gold_pii today, and why."""
    return connection.execute(
        """
        select
            rolname,
            case
                when rolsuper then 'administrator, reads not noted'
                when pg_has_role(oid, 'transformer', 'member') then 'builds, reads not noted'
                else 'pii_reader'
            end
        from pg_roles
        where
            rolcanlogin
            and (
                rolsuper or pg_has_role(oid, 'transformer', 'member')
                or pg_has_role(oid, 'pii_reader', 'member')
            )
        order by 2 desc, 1
        """
    ).fetchall()


def last_scans(connection: psycopg.Connection[Any]) -> list[tuple[str, datetime | None]]:
    """Each table of gold_pii and when anybody last read it, builds and tests too (UTC)."""
    return connection.execute(
        """
        select
            schemaname || '.' || relname,
            greatest(last_seq_scan, last_idx_scan) at time zone 'UTC'
        from pg_stat_user_tables
        where schemaname = 'gold_pii'
        order by 1
        """
    ).fetchall()
