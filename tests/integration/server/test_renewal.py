"""A server that runs for long: its log is rolled, and it takes over new settings."""

from __future__ import annotations

import stat
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bullion.db import connect
from bullion.server import cluster, logs, process
from bullion.server.layout import ServerFiles
from bullion.server.secrets import as_administrator
from tests.conftest import TEST_PORT, temporary_home
from tests.support.cli import bullion, main_in_process
from tests.support.servers import postmaster, settings_of

PORT = TEST_PORT + 240
MARK = "# Of the test.\n"
Up = Callable[[], list[str]]


@pytest.fixture(scope="module")
def home() -> Iterator[Path]:
    with temporary_home() as home:
        bullion(home, "up", BULLION_PORT=str(PORT))
        yield home


@pytest.fixture
def up(home: Path) -> Iterator[Up]:
    """Start what is stopped, renew what runs; what is said of it."""

    def run() -> list[str]:
        said: list[str] = []
        cluster.up(settings_of(home), PORT, said.append)
        return said

    file = home / "postgresql.local.conf"
    before = file.read_text()
    yield run
    file.write_text(before)
    run()


def layout_of(home: Path) -> ServerFiles:
    layout = cluster.existing_layout(home)
    assert layout is not None
    return layout


def own(home: Path, *lines: str) -> None:
    """Add to the home's own settings; without lines, take back what was added."""
    file = home / "postgresql.local.conf"
    kept = file.read_text().partition(MARK)[0]
    file.write_text(kept + MARK + "".join(f"{line}\n" for line in lines))


def show(home: Path, name: str) -> str:
    with connect(settings_of(home)) as connection:
        row = connection.execute("select current_setting(%s)", (name,)).fetchone()
    assert row
    return str(row[0])


def test_what_can_be_reloaded_is(home: Path, up: Up) -> None:
    before = postmaster(home)
    own(home, "deadlock_timeout = 12345")
    assert up() == []
    assert show(home, "deadlock_timeout") == "12345ms"
    own(home)
    assert up() == []
    assert show(home, "deadlock_timeout") == "1s"
    assert postmaster(home) == before


def test_what_needs_a_restart_waits_for_who_is_connected(home: Path, up: Up) -> None:
    before = postmaster(home)
    own(home, "max_connections = 131", "deadlock_timeout = 12345")
    with connect(settings_of(home)) as reader:
        [said] = up()
        assert said == (
            "New settings wait for a restart (max_connections), for 1 session is connected: run "
            "'bullion down' and 'bullion up' when they may be ended."
        )
        # It is said until it is so.
        assert up() == [said]
        reader.execute("select 1")
        assert postmaster(home) == before
        assert show(home, "deadlock_timeout") == "12345ms"
    deadline = time.monotonic() + 10
    while (said_now := up()) == [said] and time.monotonic() < deadline:
        time.sleep(0.1)
    assert said_now == ["New settings (max_connections) need a restart, and nobody is connected."]
    after = postmaster(home)
    assert (after.port, after.pid != before.pid) == (before.port, True)
    assert show(home, "max_connections") == "131"
    assert up() == []


def test_a_server_of_an_older_release_gets_the_settings_of_this_one(
    home: Path, up: Up, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert cluster.down(settings_of(home))
    with monkeypatch.context() as older:
        older.setattr(process, "log_settings", lambda _: {})
        up()
    assert show(home, "logging_collector") == "off"
    with connect(settings_of(home)):
        [said] = up()
        assert "logging_collector" in said
    deadline = time.monotonic() + 10
    while show(home, "logging_collector") == "off" and time.monotonic() < deadline:
        up()
    assert show(home, "logging_collector") == "on"


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("shared_bufers = 1GB", "shared_bufers (unrecognized configuration parameter)"),
        ("this is no setting", "(syntax error)"),
    ],
)
def test_refused_settings_are_said(home: Path, up: Up, line: str, said: str) -> None:
    before = postmaster(home)
    own(home, line)
    [told] = up()
    assert said in told
    assert str(home / "postgresql.local.conf") in told
    own(home)
    assert up() == []
    assert postmaster(home) == before


def test_the_log_is_rolled_while_the_server_runs(
    home: Path, up: Up, monkeypatch: pytest.MonkeyPatch
) -> None:
    layout = layout_of(home)
    own(home, "log_rotation_size = 64kB")
    up()
    first = set(layout.logs.iterdir())
    with connect(as_administrator(settings_of(home)), autocommit=True) as admin:
        for part in range(3):
            admin.execute(
                "do $$ begin for i in 1..100 loop"
                f" raise log 'bullion audit: READ part {part} %', repeat('x', 1000);"
                " end loop; end $$"
            )
            # Files are named by the second.
            time.sleep(1.1)
    files = logs.log_files(layout)
    rolled = [file for file in files if file.parent == layout.logs]
    assert len(set(rolled) - first) >= 2
    assert all(file.stat().st_size < 300 << 10 for file in rolled)
    assert {stat.S_IMODE(file.stat().st_mode) for file in rolled} == {0o600}
    assert stat.S_IMODE(layout.logs.stat().st_mode) == 0o700
    # Nothing is lost where it is rolled, and it is read in its order.
    told = main_in_process(home, "audit").stdout
    places = [told.index(f"READ part {part}") for part in range(3)]
    assert places == sorted(places)
    assert told.count("READ part") == 300
    # The next 'up' keeps so many; the server may have begun one more meanwhile.
    monkeypatch.setattr(logs, "KEPT_FILES", 2)
    up()
    kept = [file for file in logs.log_files(layout) if file.parent == layout.logs]
    assert len(kept) in (2, 3)
    assert kept[0] > rolled[0]
    monkeypatch.setattr(logs, "KEPT_MEGABYTES", 0)
    up()
    assert len(list(layout.logs.iterdir())) in (1, 2)
