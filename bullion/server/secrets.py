"""Passwords of the embedded server and of compose: random, made once, readable by one user."""

from __future__ import annotations

import os
import secrets
from dataclasses import replace
from pathlib import Path

from bullion.errors import BullionError
from bullion.settings import LOCALHOST, LOGIN, Settings

SUPERUSER = "postgres"


def own_like(path: Path, model: Path) -> None:
    """As root, give ``path`` the owner of ``model``, so that root's visit locks nobody out."""
    if os.geteuid() == 0:
        status = model.stat()
        os.chown(path, status.st_uid, status.st_gid)


def make_folder(path: Path, mode: int) -> None:
    """Create a folder with that mode, owned like its parent; one that exists is left as it is."""
    if path.is_dir():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    path.mkdir(exist_ok=True)
    path.chmod(mode)
    own_like(path, path.parent)


def write_private(path: Path, text: str, uid: int | None = None, gid: int | None = None) -> None:
    """Write a 0600 file in one step: a reader sees the old text or the new, never half of it."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    temporary.unlink(missing_ok=True)
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    if uid is not None and gid is not None and os.geteuid() == 0:
        os.chown(temporary, uid, gid)
    else:
        own_like(temporary, path.parent)
    temporary.replace(path)


def password_of(folder: Path, user: str) -> str:
    """The user's password from ``<folder>/<user>``; made and kept when there is none yet."""
    path = folder / user
    try:
        known = path.read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        known = ""
    if known:
        return known
    password = secrets.token_hex(24)
    write_private(path, password + "\n")
    return password


def as_administrator(settings: Settings) -> Settings:
    """The same server as its superuser; raises BullionError where this project has no password."""
    passfile = settings.passfile
    if settings.kind == "external" or passfile is None or not passfile.exists():
        raise BullionError(
            f"The administrator of {settings.where} is not known to bullion: log in with your own."
        )
    password = password_of(passfile.parent, SUPERUSER)
    parameters = {name: value for name, value in settings.parameters.items() if name != "passfile"}
    return replace(settings, parameters=parameters | {"user": SUPERUSER, "password": password})


def pgpass_line(host: str, port: str, database: str, user: str, password: str) -> str:
    """A line of libpq's password file, with its two special characters escaped."""
    parts = (host, port, database, user, password)
    return ":".join(part.replace("\\", "\\\\").replace(":", "\\:") for part in parts)


def write_passfile(folder: Path, hosts: tuple[str, ...] = (LOCALHOST,)) -> Path:
    """``<folder>/pgpass`` for the login role, on any port (the port may change at a start)."""
    path = folder / "pgpass"
    password = password_of(folder, LOGIN)
    text = "".join(pgpass_line(host, "*", "*", LOGIN, password) + "\n" for host in hosts)
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        write_private(path, text)
    return path
