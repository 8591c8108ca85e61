"""Starting and stopping the embedded PostgreSQL, also after a kill -9 of anything.

A postmaster that was killed leaves ``postmaster.pid`` and sometimes backends at work; its number
may meanwhile be another program's, or a zombie's that nobody reaps (a container without init),
which PostgreSQL itself takes for a living server. So we judge by what the process is.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil

from bullion.errors import BullionError
from bullion.files import open_own, read_own, write_file
from bullion.server.identity import Identity, acting_as
from bullion.server.layout import ServerFiles
from bullion.server.logs import ends, log_settings, make_ready, written_since
from bullion.server.machine import render, server_settings, this_machine
from bullion.server.processes import end_all, is_server_process, wait_gone
from bullion.server.waiting import NOTICE_SECONDS, RECOVERING, START_SECONDS
from bullion.settings import DEFAULT_PORT, LOCALHOST

PORTS_TRIED = 100
STOP_SECONDS = 60.0
QUIT_SECONDS = 10.0
_POLL_SECONDS = 0.05
_FATAL_MARKS = ("FATAL:", "PANIC:", "could not", "error:")


@dataclass(frozen=True)
class Postmaster:
    """A living server: its process, its port, and whether it accepts connections."""

    pid: int
    port: int
    ready: bool


def find_postmaster(data: Path) -> Postmaster | None:
    """The server that runs on that data directory, or None; a stale pid file counts as none."""
    try:
        text = (data / "postmaster.pid").read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return None
    lines = text.splitlines()
    if len(lines) < 4 or not lines[0].isdigit() or not lines[3].isdigit():
        return None
    if not is_server_process(int(lines[0]), data):
        return None
    return Postmaster(int(lines[0]), int(lines[3]), len(lines) > 7 and lines[7].strip() == "ready")


def find_ready(layout: ServerFiles, say: Callable[[str], None]) -> Postmaster | None:
    """The running server once it accepts connections (it may still be recovering), or None."""
    server = find_postmaster(layout.data)
    if server is None or server.ready:
        return server
    return _wait_until_ready(lambda: find_postmaster(layout.data) is not None, layout, say)


def start(
    layout: ServerFiles,
    identity: Identity,
    preferred: int | None,
    lock: int,
    say: Callable[[str], None],
) -> Postmaster:
    """Start the server on ``preferred`` or the next free port and wait until it is ready.

    It inherits ``lock``, the descriptor of :func:`running.held`. Raises BullionError with the log's
    own words when it does not come up.
    """
    _clear_stale(layout.data, identity)
    write_configuration(layout, identity)
    make_ready(layout, identity)
    for port in _free_ports(preferred or DEFAULT_PORT):
        before = ends(layout)
        server = _start_on(layout, identity, port, lock, say)
        if server is not None:
            return server
        message = written_since(layout, identity, before)
        if "Address already in use" not in message:
            raise BullionError(
                f"PostgreSQL did not start: {last_fatal_line(message)} (log: {layout.log} and "
                f"{layout.logs})"
            )
    raise BullionError(f"No free port from {preferred or DEFAULT_PORT} on: stop another server.")


def stop(layout: ServerFiles) -> bool:
    """Stop the server, open transactions rolled back; False when none was running."""
    server = find_postmaster(layout.data)
    if server is None:
        return False
    process = psutil.Process(server.pid)
    for number, seconds in ((signal.SIGINT, STOP_SECONDS), (signal.SIGQUIT, QUIT_SECONDS)):
        try:
            os.kill(server.pid, number)
        except ProcessLookupError:
            return True
        except PermissionError as error:
            raise BullionError(
                f"The server (process {server.pid}) is another user's: run 'bullion down' as that "
                "user or as root."
            ) from error
        if wait_gone([process], seconds):
            return True
    raise BullionError(f"The server (process {server.pid}) does not stop; see {layout.logs}.")


def port_is_free(port: int) -> bool:
    """Whether a server could listen there now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOCALHOST, port))
        except OSError:
            return False
    return True


def clean_environ() -> dict[str, str]:
    """Environment for the server's programs: nothing of the user's libpq or locale settings."""
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC", "HOME": "/"}


def _free_ports(first: int) -> Iterator[int]:
    for port in range(first, min(first + PORTS_TRIED, 65536)):
        if port_is_free(port):
            yield port


def _start_on(
    layout: ServerFiles, identity: Identity, port: int, lock: int, say: Callable[[str], None]
) -> Postmaster | None:
    process = _spawn(layout, identity, port, lock)
    return _wait_until_ready(lambda: process.poll() is None, layout, say)


def _spawn(
    layout: ServerFiles, identity: Identity, port: int, lock: int
) -> subprocess.Popen[bytes]:
    with os.fdopen(open_own(layout.log, os.O_WRONLY | os.O_APPEND | os.O_CREAT), "ab") as log:
        return subprocess.Popen(
            [layout.program("postgres"), "-D", str(layout.data), "-p", str(port)],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            pass_fds=(lock,),
            env=clean_environ(),
            cwd="/",
            umask=0o077,
            start_new_session=True,
            **identity.popen_options(),
        )


def _wait_until_ready(
    lives: Callable[[], bool], layout: ServerFiles, say: Callable[[str], None]
) -> Postmaster | None:
    """The running server, or None when its process has ended."""
    started = time.monotonic()
    noticed = False
    while lives():
        server = find_postmaster(layout.data)
        if server is not None and server.ready:
            return server
        waited = time.monotonic() - started
        if waited > NOTICE_SECONDS and not noticed:
            noticed = True
            say(RECOVERING)
        if waited > START_SECONDS:
            raise BullionError(f"PostgreSQL was not ready in {START_SECONDS:.0f} s: {layout.logs}")
        time.sleep(_POLL_SECONDS)
    return None


def write_configuration(layout: ServerFiles, identity: Identity) -> bool:
    """Our postgresql.conf, anew at each start: the machine may have changed. Whether it differs
    from the one before."""
    settings = (
        server_settings(this_machine())
        | log_settings(layout)
        | {
            "listen_addresses": LOCALHOST,
            "unix_socket_directories": "",
        }
    )
    text = render(
        settings,
        "Written by 'bullion up'; put your own settings into BULLION_HOME/postgresql.local.conf.",
    )
    own = layout.home / "postgresql.local.conf"
    if own.exists():
        text += f"\n# From {own}:\n" + own.read_text(encoding="utf-8")
    path = layout.data / "postgresql.conf"
    with acting_as(identity):
        try:
            if read_own(path) == text:
                return False
        except (OSError, BullionError):
            # None is there, or something in its place, which is not followed.
            pass
        write_file(path, text)
    return True


def _clear_stale(data: Path, identity: Identity) -> None:
    """Remove what a killed server left: its backends, then its pid file."""
    end_all(data)
    with acting_as(identity):
        (data / "postmaster.pid").unlink(missing_ok=True)


def last_fatal_line(message: str) -> str:
    """The last fatal line of a program's words, else the last line."""
    lines = [line.strip() for line in message.splitlines() if line.strip()]
    fatal = [line for line in lines if any(mark in line for mark in _FATAL_MARKS)]
    return (fatal or lines or ["it ended without a word"])[-1]
