"""Passwords of the embedded server and of compose: random, made once, readable by one user."""

from __future__ import annotations

import secrets
from dataclasses import replace
from pathlib import Path

from bullion.errors import BullionError
from bullion.files import read_own, write_file
from bullion.settings import LOCALHOST, LOGIN, Settings

SUPERUSER = "postgres"


def known_word(folder: Path, user: str) -> str:
    """The user's password from ``<folder>/<user>``; empty where there is none, or none that one
    could have written there."""
    try:
        text = read_own(folder / user).strip()
    except FileNotFoundError:
        return ""
    return text if text.isascii() and text.isprintable() else ""


def password_of(folder: Path, user: str) -> str:
    """The user's password from ``<folder>/<user>``; made and kept when there is none yet."""
    return known_word(folder, user) or new_password(folder, user)


def new_password(folder: Path, user: str) -> str:
    """A random password, kept in ``<folder>/<user>`` in the place of an older one."""
    password = random_word()
    keep_password(folder, user, password)
    return password


def random_word() -> str:
    """A password that nobody guesses, of letters and digits."""
    return secrets.token_hex(24)


def keep_password(folder: Path, user: str, password: str) -> None:
    """Write a password where :func:`known_word` finds it."""
    write_file(folder / user, password + "\n")


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
    if not path.exists() or read_own(path) != text:
        write_file(path, text)
    return path
