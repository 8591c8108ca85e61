"""The embedded server as a whole: made, started, prepared, stopped."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bullion.db import connect
from bullion.errors import BullionError
from bullion.locks import locked
from bullion.server import layout as layouts
from bullion.server import process
from bullion.server.identity import Identity
from bullion.server.initialize import prepare_embedded
from bullion.server.layout import ServerFiles
from bullion.server.secrets import (
    SUPERUSER,
    make_folder,
    own_like,
    password_of,
    write_passfile,
    write_private,
)
from bullion.settings import Settings, passfile_of

Say = Callable[[str], None]


@dataclass(frozen=True)
class Started:
    """What ``up`` found or did."""

    port: int
    wanted_port: int
    already_running: bool


@contextmanager
def home_locked(home: Path) -> Iterator[None]:
    """One start or stop of a home at a time."""
    try:
        make_folder(home, 0o755)
        (home / "lock").touch()
    except PermissionError as error:
        raise BullionError(
            f"{error.filename} is not yours to write: run as its owner, or set BULLION_HOME to a "
            "folder of your own."
        ) from error
    own_like(home / "lock", home)
    with locked(home / "lock"):
        yield


def up(settings: Settings, port: int | None, say: Say) -> Started:
    """Make, start and prepare the embedded server of ``settings.home`` as far as it is needed.

    ``port`` is the first to try (else the last one used, else 5432). Raises BullionError.
    """
    home = settings.home
    with home_locked(home):
        layout, identity = layouts.open_layout(home, say)
        recorded = layouts.read_record(home).get("port")
        wanted = port or (recorded if isinstance(recorded, int) else settings.port)
        _ensure_data(layout, identity, say)
        server = process.find_ready(layout, say)
        already_running = server is not None
        if server is None:
            server = process.start(layout, identity, wanted, say)
        layouts.write_record(layout, server.port)
        write_passfile(layout.secrets)
        prepare_embedded(layout, server.port, settings.database)
    return Started(server.port, wanted, already_running)


def down(settings: Settings) -> bool:
    """Stop the embedded server of ``settings.home``; False when it was not running."""
    layout = existing_layout(settings.home)
    if layout is None:
        return False
    with home_locked(settings.home):
        return process.stop(layout)


def existing_layout(home: Path) -> ServerFiles | None:
    """ServerFiles of a server that was started before, without making or copying anything."""
    base = layouts.recorded_base(home)
    return ServerFiles(home, base, Path()) if base else None


def is_running(settings: Settings) -> bool:
    """Whether the embedded server accepts this project's login."""
    if not passfile_of(settings.home).exists():
        return False
    try:
        connect(settings).close()
    except BullionError:
        return False
    return True


def _ensure_data(layout: ServerFiles, identity: Identity, say: Say) -> None:
    """A data directory whose superuser password we know."""
    fresh = not (layout.data / "PG_VERSION").exists()
    known = (layout.secrets / SUPERUSER).exists()
    password = password_of(layout.secrets, SUPERUSER)
    if fresh:
        _initdb(layout, identity, password)
    elif not known and process.find_postmaster(layout.data) is None:
        say("The passwords were gone: new ones are set.")
        _reset_superuser(layout, identity, password)


def _initdb(layout: ServerFiles, identity: Identity, password: str) -> None:
    """Make the data directory beside its place and move it there: an interruption leaves none."""
    # Named by this process: an initdb whose bullion was killed may still be writing beside it.
    temporary = layout.base / f"new.{os.getpid()}.data"
    password_file = layout.base / f"new.{os.getpid()}.password"
    write_private(password_file, password + "\n", identity.uid, identity.gid)
    command = [
        layout.program("initdb"),
        f"--pgdata={temporary}",
        f"--username={SUPERUSER}",
        f"--pwfile={password_file}",
        "--auth=scram-sha-256",
        "--encoding=UTF8",
        "--locale=C",
        "--locale-provider=builtin",
        "--builtin-locale=C.UTF-8",
        "--no-instructions",
        "--set=unix_socket_directories=",
    ]
    try:
        _run(command, identity, "initdb")
    finally:
        password_file.unlink(missing_ok=True)
    temporary.rename(layout.data)
    for leftover in layout.base.glob("new.*"):
        if leftover.is_dir():
            shutil.rmtree(leftover, ignore_errors=True)
        else:
            leftover.unlink(missing_ok=True)


def _reset_superuser(layout: ServerFiles, identity: Identity, password: str) -> None:
    _run(
        [layout.program("postgres"), "--single", "-D", str(layout.data), "postgres"],
        identity,
        "resetting the password",
        stdin=f"alter role {SUPERUSER} password '{password}'\n",
    )


def _run(command: list[str], identity: Identity, what: str, stdin: str | None = None) -> None:
    done = subprocess.run(
        command,
        check=False,
        input=stdin,
        stdin=subprocess.DEVNULL if stdin is None else None,
        capture_output=True,
        text=True,
        env=process.clean_environ(),
        cwd="/",
        **identity.popen_options(),
    )
    if done.returncode != 0:
        words = process.last_fatal_line(done.stderr or done.stdout)
        raise BullionError(f"PostgreSQL could not be set up ({what}): {words}")
