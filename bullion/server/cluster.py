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
from bullion.files import one_line, write_file
from bullion.locks import locked
from bullion.record import read_record
from bullion.server import layout as layouts
from bullion.server import process
from bullion.server.identity import Identity, acting_as
from bullion.server.initialize import answers, prepare_embedded
from bullion.server.layout import ServerFiles, open_home
from bullion.server.logs import prune
from bullion.server.owner import refuse_others_home
from bullion.server.renewal import renew_settings
from bullion.server.running import ElsewhereError, check_none_elsewhere, held
from bullion.server.secrets import (
    SUPERUSER,
    known_word,
    new_password,
    password_of,
    write_passfile,
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
    with one_line(home):
        refuse_others_home(home)
        open_home(home)
        with locked(home / "lock"):
            yield


def up(settings: Settings, port: int | None, say: Say) -> Started:
    """Make, start and prepare the embedded server of ``settings.home`` as far as it is needed.

    ``port`` is the first to try (else the last one used, else 5432). Raises BullionError.
    """
    home = settings.home
    with home_locked(home):
        layout, identity = layouts.open_layout(home, say)
        recorded = read_record(home).port
        wanted = port or recorded or settings.port
        server = process.find_ready(layout, say)
        if server is not None:
            _refuse_lost_password(layout)
            if renew_settings(layout, identity, server.port, say):
                process.stop(layout)
                wanted, server = server.port, None
        already_running = server is not None
        if server is not None:
            found = server.port
        else:
            try:
                with held(layout, identity) as lock:
                    _ensure_data(layout, identity, say)
                    found = process.start(layout, identity, wanted, lock, say).port
            except ElsewhereError:
                # In another container of the same network it can be used from here.
                if recorded is None or not answers(layout, recorded):
                    raise
                found, already_running = recorded, True
        prune(layout, identity)
        layouts.write_record(layout, found)
        write_passfile(layout.secrets)
        prepare_embedded(layout, found, settings.database, say)
    return Started(found, wanted, already_running)


def down(settings: Settings) -> bool:
    """Stop the embedded server of ``settings.home``; False when it was not running.

    Raises BullionError where it runs in another container.
    """
    layout = existing_layout(settings.home)
    if layout is None:
        return False
    with home_locked(settings.home):
        stopped = process.stop(layout)
        if not stopped:
            check_none_elsewhere(layout)
        return stopped


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
    """A data directory whose superuser password we know; no server works on it meanwhile."""
    if not (layout.data / "PG_VERSION").exists():
        _initdb(layout, identity, password_of(layout.secrets, SUPERUSER))
    elif not known_word(layout.secrets, SUPERUSER):
        say("The passwords were gone: new ones are set.")
        _reset_superuser(layout, identity, new_password(layout.secrets, SUPERUSER))


def _refuse_lost_password(layout: ServerFiles) -> None:
    if not known_word(layout.secrets, SUPERUSER):
        raise BullionError(
            f"The administrator's password in {layout.secrets / SUPERUSER} is gone: run 'bullion "
            "down' and 'bullion up', which sets a new one."
        )


def _initdb(layout: ServerFiles, identity: Identity, password: str) -> None:
    """Make the data directory beside its place and move it there: an interruption leaves none."""
    # Named by this process: an initdb whose bullion was killed may still be writing beside it.
    temporary = layout.base / f"new.{os.getpid()}.data"
    password_file = layout.base / f"new.{os.getpid()}.password"
    write_file(password_file, password + "\n", owner=(identity.uid, identity.gid))
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
    with acting_as(identity):
        temporary.rename(layout.data)
        for leftover in layout.base.glob("new.*"):
            if leftover.is_dir() and not leftover.is_symlink():
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
