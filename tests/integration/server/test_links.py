"""Root in a home where another user has laid links: it writes, reads and gives away nothing."""

from __future__ import annotations

import os
import pwd
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bullion.errors import BullionError
from bullion.server import cluster
from bullion.server.owner import controller_of
from tests.conftest import TEST_PORT
from tests.support.cli import bullion
from tests.support.servers import data_of, settings_of

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="needs root")

MakeHome = Callable[[], Path]
PORT = TEST_PORT + 160
# A user that the system does not know, as the owner of a folder mounted into a container.
STRANGER = 54_321
# What of a home is written, read, chowned or given another mode.
PLACES = [
    "lock",
    "server.json",
    "logs",
    "logs/postgres.log",
    "secrets",
    "secrets/postgres",
    "secrets/bullion",
    "secrets/pgpass",
    "postgres",
]


@pytest.fixture
def treasure() -> Iterator[Path]:
    """A folder of root's, with a file of root's."""
    folder = Path(tempfile.mkdtemp(prefix="bullion-test-treasure-", dir="/tmp"))
    (folder / "shadow").write_text("root:secret\n")
    (folder / "shadow").chmod(0o600)
    yield folder
    shutil.rmtree(folder)


def state(folder: Path) -> list[tuple[str, int, int, int, str]]:
    """All of a folder: names, owners, modes, contents."""
    found = []
    for path in sorted([folder, *folder.rglob("*")]):
        status = path.lstat()
        text = path.read_text() if path.is_file() else ""
        found.append((path.name, status.st_uid, status.st_gid, status.st_mode, text))
    return found


def lay(place: Path, target: Path, kind: str) -> None:
    """A link at a place of the home, which the home's user could make."""
    place.parent.mkdir(exist_ok=True)
    if kind == "hard":
        place.hardlink_to(target)
    else:
        place.symlink_to(target)
    os.chown(place.parent, STRANGER, STRANGER)
    if kind != "hard":
        os.chown(place, STRANGER, STRANGER, follow_symlinks=False)


@pytest.mark.parametrize("kind", ["soft", "folder", "hard"])
@pytest.mark.parametrize("place", PLACES)
def test_link_in_the_home_of_a_user_is_not_followed(treasure: Path, place: str, kind: str) -> None:
    home = Path(tempfile.mkdtemp(prefix="bullion-test-laid-", dir="/tmp"))
    target = treasure if kind == "folder" else treasure / "shadow"
    try:
        os.chown(home, STRANGER, STRANGER)
        lay(home / place, target, kind)
        before = state(treasure)
        with pytest.raises(BullionError) as raised:
            cluster.up(settings_of(home), PORT, lambda line: None)
        assert "\n" not in str(raised.value)
        assert str(home) in str(raised.value)
        assert state(treasure) == before
        leaked = [path for path in home.rglob("*") if path.is_file() and not path.is_symlink()]
        assert not any("secret" in path.read_text() for path in leaked if path.stat().st_nlink == 1)
    finally:
        shutil.rmtree(home)


def test_the_data_directory_is_written_with_its_users_rights(
    make_home: MakeHome, treasure: Path
) -> None:
    """The server's user controls the data directory, also when the home is root's."""
    home = make_home()
    bullion(home, "up", BULLION_PORT=str(PORT))
    bullion(home, "down")
    data = data_of(home)
    for name in ("postgresql.conf", "postmaster.pid"):
        (data / name).unlink(missing_ok=True)
        (data / name).symlink_to(treasure / "shadow")
        os.chown(data / name, *data.stat()[4:6], follow_symlinks=False)
    before = state(treasure)
    bullion(home, "up", BULLION_PORT=str(PORT))
    assert state(treasure) == before
    assert not (data / "postgresql.conf").is_symlink()


def test_who_controls_a_path(tmp_path: Path) -> None:
    (tmp_path / "a" / "home").mkdir(parents=True)
    assert controller_of(tmp_path / "a" / "home") == 0
    assert controller_of(tmp_path / "none" / "home") == 0
    os.chown(tmp_path / "a", 1, 1)
    assert controller_of(tmp_path / "a" / "home") == 1
    assert controller_of(tmp_path / "a" / "none") == 1
    (tmp_path / "link").symlink_to(tmp_path / "none")
    os.chown(tmp_path / "link", STRANGER, STRANGER, follow_symlinks=False)
    assert controller_of(tmp_path / "link") == STRANGER


def test_root_in_a_known_users_home_acts_as_that_user_or_not_at_all(treasure: Path) -> None:
    daemon = pwd.getpwnam("daemon")
    home = Path(tempfile.mkdtemp(prefix="bullion-test-daemon-", dir="/tmp"))
    try:
        (home / "lock").symlink_to(treasure / "shadow")
        (home / "postgresql.local.conf").symlink_to(treasure / "shadow")
        for path in (home, *home.iterdir()):
            os.chown(path, daemon.pw_uid, daemon.pw_gid, follow_symlinks=False)
        before = state(treasure)
        for verb in ("up", "down", "status", "env"):
            failed = bullion(home, verb, check=False)
            assert failed.returncode == 1
            assert len(failed.stderr.strip().splitlines()) == 1
            assert str(home) in failed.stderr
            assert "secret" not in failed.stdout + failed.stderr
        assert state(treasure) == before
    finally:
        shutil.rmtree(home)
