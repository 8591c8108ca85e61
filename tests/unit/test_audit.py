"""What is read from the server's log, and what is not believed."""

from __future__ import annotations

from datetime import datetime

import psycopg
import pytest

from bullion.db import explain
from bullion.errors import BullionError
from bullion.sessions.audit import Event, events
from bullion.sessions.locks import lock_wait_seconds
from bullion.settings import get_settings

PREFIX = "2026-11-30 17:00:01.123 UTC [42] ann@bullion LOG:  "
AT = datetime.fromisoformat("2026-11-30 17:00:01")


@pytest.mark.parametrize(
    ("line", "what"),
    [
        (PREFIX + "bullion audit: READ gold_pii.persons (psql)\n", "READ gold_pii.persons (psql)"),
        (PREFIX + "bullion audit: GRANT table", "GRANT table"),
        # What the terminal would obey.
        (PREFIX + "bullion audit: READ x (\x1b[2J\x07)", r"READ x (\x1b[2J\x07)"),
        # A second line of somebody's own message is indented; what he says is under his own name.
        ("\tx 2026-11-30 17:00:01 UTC [1] eve@bullion LOG:  bullion audit: READ y", None),
        (PREFIX.replace("LOG", "ERROR") + "bullion audit: READ y", None),
        (PREFIX + "statement: select 'bullion audit: READ y'", None),
        (PREFIX + "connection authorized: user=ann database=bullion", None),
        ("2026-11-30 17:00:01.123 UTC [42] LOG:  checkpoint starting", None),
        ("", None),
    ],
)
def test_events_of_a_log(line: str, what: str | None) -> None:
    wanted = [Event(AT, "ann", "bullion", what)] if what else []
    assert list(events([line])) == wanted


def test_connections_are_told_when_wanted() -> None:
    lines = [PREFIX + "connection authorized: user=ann", PREFIX + "disconnection: session time: 0"]
    assert [event.what[:13] for event in events(lines, connections=True)] == [
        "connection au",
        "disconnection",
    ]
    assert not list(events(lines))


@pytest.mark.parametrize(
    "words",
    [
        "remaining connection slots are reserved for roles with the SUPERUSER attribute",
        'remaining connection slots are reserved for roles with privileges of the "pg_use_r',
        "sorry, too many clients already",
        'too many connections for role "ann"',
        'too many connections for database "bullion"',
    ],
)
def test_a_full_server_is_no_missing_one(words: str) -> None:
    error = psycopg.OperationalError(f'connection to server at "x" failed: FATAL:  {words}')
    said = explain(error, get_settings({}))
    assert "answers but has no free connection" in said
    assert "bullion up" not in said


def test_how_long_to_wait_is_a_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BULLION_LOCK_WAIT_SECONDS", raising=False)
    assert lock_wait_seconds() == 60
    monkeypatch.setenv("BULLION_LOCK_WAIT_SECONDS", "soon")
    with pytest.raises(BullionError, match="BULLION_LOCK_WAIT_SECONDS is 'soon'"):
        lock_wait_seconds()
