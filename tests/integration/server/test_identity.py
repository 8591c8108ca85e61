"""Whom the server runs as: never root, and where that user can reach its files."""

from __future__ import annotations

import os
import pwd
import shutil
import stat
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from bullion.db import connect
from bullion.errors import BullionError
from bullion.record import record_of
from bullion.server import cluster, owner
from bullion.server.identity import can_as, can_enter, server_identity
from bullion.server.layout import STATE_ROOTS, state_name
from bullion.server.owner import act_as_owner
from bullion.server.processes import processes_of
from tests.conftest import TEST_CONFIGURATION, TEST_PORT
from tests.support.cli import bullion
from tests.support.servers import data_of, postmaster, settings_of

PORT = TEST_PORT + 100

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root")


@pytest.fixture
def closed_home() -> Iterator[Path]:
    """A BULLION_HOME below a folder that only root may enter."""
    folder = Path(tempfile.mkdtemp(prefix="bullion-test-closed-", dir="/tmp"))
    home = folder / "home"
    home.mkdir()
    (home / "postgresql.local.conf").write_text(TEST_CONFIGURATION)
    try:
        yield home
    finally:
        cluster.down(settings_of(home))
        shutil.rmtree(folder)
        for root in STATE_ROOTS:
            shutil.rmtree(root / state_name(home), ignore_errors=True)


def test_server_never_runs_as_root(make_home: Callable[[], Path]) -> None:
    home = make_home()
    bullion(home, "up", BULLION_PORT=str(PORT))
    assert data_of(home).is_relative_to(home)
    user = psutil.Process(postmaster(home).pid).uids()
    assert user.real == user.effective == user.saved
    assert user.real != 0
    assert data_of(home).stat().st_uid == user.real
    assert stat.S_IMODE(data_of(home).stat().st_mode) == 0o700


@as_root
def test_no_capability_of_root_is_left(make_home: Callable[[], Path]) -> None:
    home = make_home()
    bullion(home, "up", BULLION_PORT=str(PORT))
    status = Path(f"/proc/{postmaster(home).pid}/status").read_text()
    fields = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
    assert int(fields["CapEff"], 16) == 0
    assert "0" not in fields["Groups"].split()


@as_root
def test_closed_project_moves_data_and_programs(closed_home: Path) -> None:
    said = bullion(closed_home, "up", BULLION_PORT=str(PORT)).stdout
    data = data_of(closed_home)
    state = data.parent.parent
    assert state.name == state_name(closed_home)
    assert str(state) in said
    assert stat.S_IMODE(closed_home.parent.stat().st_mode) == 0o700
    assert Path(psutil.Process(postmaster(closed_home).pid).exe()).is_relative_to(state)
    with connect(settings_of(closed_home)) as connection:
        connection.execute("create table silver.kept (a integer)")
    bullion(closed_home, "down")
    # Found again by the record, also by a damaged one, and nothing is copied or moved twice.
    record_of(closed_home).write_text("{")
    said = bullion(closed_home, "up", BULLION_PORT=str(PORT)).stdout
    assert str(state) not in said
    with connect(settings_of(closed_home)) as connection:
        connection.execute("table silver.kept")


@as_root
def test_data_of_a_home_that_is_gone_is_set_aside(closed_home: Path) -> None:
    bullion(closed_home, "up", BULLION_PORT=str(PORT))
    base = data_of(closed_home).parent
    with connect(settings_of(closed_home)) as connection:
        connection.execute("create table silver.kept (a integer)")
    old = postmaster(closed_home)
    shutil.rmtree(closed_home)
    said = bullion(closed_home, "up", BULLION_PORT=str(PORT)).stdout
    aside = [folder for folder in base.parent.iterdir() if ".before-" in folder.name]
    assert len(aside) == 1
    assert not processes_of(aside[0] / "data"), "nobody would ever stop the old server"
    assert old.pid != postmaster(closed_home).pid
    assert str(aside[0]) in said
    with connect(settings_of(closed_home)) as connection:
        found = connection.execute("select to_regclass('silver.kept')").fetchone()
    assert found == (None,)


def run_as(user: str, action: Callable[[], object]) -> None:
    """Do something in a forked process of that user; this Python itself may be closed to it."""
    entry = pwd.getpwnam(user)
    pid = os.fork()
    if pid == 0:
        try:
            os.setgroups([])
            os.setgid(entry.pw_gid)
            os.setuid(entry.pw_uid)
            action()
            os._exit(0)
        except BaseException:  # noqa: BLE001 - the fork must never return into pytest
            traceback.print_exc(file=sys.__stderr__)
            os._exit(1)
    _, status = os.waitpid(pid, 0)
    assert os.waitstatus_to_exitcode(status) == 0, f"failed as {user}; see stderr"


@pytest.fixture
def _readable_python(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if this Python were open to all: what is read of it later, the fork has in memory."""
    monkeypatch.setattr(owner, "needed", lambda: ())


@as_root
@pytest.mark.usefixtures("_readable_python")
def test_ordinary_user_has_a_server_of_their_own() -> None:
    entry = pwd.getpwnam("nobody")
    home = Path(tempfile.mkdtemp(prefix="bullion-test-nobody-", dir="/tmp"))
    os.chown(home, entry.pw_uid, entry.pw_gid)

    def live() -> None:
        for already_running in (False, True):
            started = cluster.up(settings_of(home), PORT, lambda line: None)
            assert started.already_running is already_running
        connect(settings_of(home)).close()
        assert psutil.Process(postmaster(home).pid).uids().real == entry.pw_uid
        assert cluster.down(settings_of(home))

    def visit() -> None:
        act_as_owner(home)
        live()

    try:
        run_as("nobody", live)
        with pytest.raises(BullionError, match="belongs to nobody: run as nobody"):
            cluster.up(settings_of(home), PORT, lambda line: None)
        # Root comes to the same home by the command line: it acts as its owner, who can go on.
        run_as("root", visit)
        run_as("nobody", live)
        others = [path for path in home.rglob("*") if path.lstat().st_uid != entry.pw_uid]
        assert not others
    finally:
        run_as("nobody", lambda: cluster.down(settings_of(home)))
        shutil.rmtree(home)


@as_root
def test_other_users_data_is_refused_in_one_line(make_home: Callable[[], Path]) -> None:
    home = make_home()
    bullion(home, "up", BULLION_PORT=str(PORT))
    bullion(home, "down")
    os.chmod(home, 0o777)  # noqa: PTH101

    def refused() -> None:
        with pytest.raises(BullionError) as raised:
            cluster.up(settings_of(home), PORT, lambda line: None)
        assert "BULLION_HOME" in str(raised.value)
        assert "\n" not in str(raised.value)

    # The data is of the first unprivileged user; "daemon" is another one.
    run_as("daemon", refused)


@as_root
def test_reach_is_judged_as_the_other_user(tmp_path: Path) -> None:
    identity = server_identity(None)
    tmp_path.chmod(0o700)
    assert not can_enter(identity, tmp_path)
    assert can_enter(identity, Path("/"))
    assert can_as(identity, lambda: os.getuid() == identity.uid != 0)
    assert os.getuid() == 0


def test_projects_and_homes_have_folders_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    from bullion.server import layout

    one = state_name(Path("/a/.bullion"))
    assert one == state_name(Path("/a/.bullion"))
    assert one != state_name(Path("/b/.bullion"))
    monkeypatch.setattr(layout, "PROJECT_DIR", Path("/other/clone"))
    assert one != state_name(Path("/a/.bullion"))
