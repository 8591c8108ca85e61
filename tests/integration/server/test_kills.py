"""After a kill -9 of the server or of the command line, `bullion up` starts again."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import psutil
import pytest

from bullion.db import connect
from bullion.server import cluster, process
from tests.conftest import TEST_PORT
from tests.support.cli import bullion, command, environ_of
from tests.support.servers import data_of, postmaster, settings_of

MakeHome = Callable[[], Path]
PORT = str(TEST_PORT + 80)


def kept_rows(home: Path) -> int:
    with connect(settings_of(home)) as connection:
        return len(connection.execute("table silver.kept").fetchall())


@pytest.fixture
def home(make_home: MakeHome) -> Path:
    home = make_home()
    # Durable, unlike the other tests' servers: what was committed must be there.
    (home / "postgresql.local.conf").write_text("shared_buffers = 64MB\n")
    bullion(home, "up", BULLION_PORT=PORT)
    with connect(settings_of(home)) as connection:
        connection.execute("create table silver.kept as select generate_series(1, 1000) as a")
    return home


def kill_server(home: Path) -> process.Postmaster:
    server = postmaster(home)
    os.kill(server.pid, signal.SIGKILL)
    return server


def test_killed_server_starts_again_on_its_port(home: Path) -> None:
    server = kill_server(home)
    said = bullion(home, "up", BULLION_PORT=PORT).stdout
    assert f"is running on 127.0.0.1:{server.port}" in said
    assert kept_rows(home) == 1000


def test_backend_at_work_does_not_hold_up_the_start(home: Path) -> None:
    with closing(connect(settings_of(home), autocommit=True)) as connection:
        pid = connection.info.backend_pid
        # Computing, not waiting: it does not notice that its postmaster is gone.
        connection.pgconn.send_query(
            b"select count(*) from generate_series(1, 100000) a, generate_series(1, 100000) b"
        )
        time.sleep(0.3)
        kill_server(home)
        assert psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
        start = time.monotonic()
        bullion(home, "up", BULLION_PORT=PORT)
        assert time.monotonic() - start < 60
    assert kept_rows(home) == 1000


def test_pid_file_naming_a_living_stranger_is_stale(home: Path) -> None:
    """The number of the killed server may meanwhile be another program's: here, this test's."""
    data = data_of(home)
    pid_file = data / "postmaster.pid"
    text = pid_file.read_text()
    kill_server(home)
    time.sleep(0.5)
    pid_file.write_text(text.replace(text.splitlines()[0], str(os.getpid()), 1))
    assert process.find_postmaster(data) is None
    bullion(home, "up", BULLION_PORT=PORT)
    assert kept_rows(home) == 1000


def test_zombie_server_counts_as_gone(home: Path) -> None:
    """In a container without init nobody reaps the killed server; PostgreSQL sees it alive."""
    bullion(home, "down")
    started = cluster.up(settings_of(home), int(PORT), lambda line: None)
    assert not started.already_running
    server = kill_server(home)
    deadline = time.monotonic() + 10
    while psutil.Process(server.pid).status() != psutil.STATUS_ZOMBIE:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    bullion(home, "up", BULLION_PORT=PORT)
    assert kept_rows(home) == 1000


def test_down_after_a_kill(home: Path) -> None:
    kill_server(home)
    assert "not running" in bullion(home, "down").stdout


@pytest.mark.parametrize("delay", [0.35, 0.6, 0.9, 1.2])
def test_killed_first_up_can_be_repeated(make_home: MakeHome, delay: float) -> None:
    home = make_home()
    environ = environ_of(home, BULLION_PORT=PORT)
    first = subprocess.Popen(command("up"), env=environ, stdout=subprocess.DEVNULL)
    time.sleep(delay)
    first.kill()
    first.wait()
    bullion(home, "up", BULLION_PORT=PORT)
    with connect(settings_of(home)) as connection:
        connection.execute("create table silver.after (a integer)")
