"""Logins for people and tools that read: made, renewed and taken away by the administrator.

A password is random and goes into a file; what travels to the server is its scram verifier, so that
neither a log nor a list of processes ever shows the word.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from bullion.db import connect
from bullion.errors import BullionError
from bullion.files import make_folder
from bullion.server.initialize import set_password
from bullion.server.secrets import (
    SUPERUSER,
    as_administrator,
    keep_password,
    known_word,
    random_word,
)
from bullion.settings import LOGIN, Settings

READERS = ("reader", "pii_reader", "auditor")
# A name is a file's as well, and what an argument of a program may begin with is no name.
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.@-]{0,62}")
_TAKEN = {SUPERUSER, LOGIN, "archivist", "loader", "transformer", "public", "none", *READERS}


@dataclass(frozen=True)
class Granted:
    """What was done: whether the login is new, and the file that holds its password; ``file`` is
    None where its password was made elsewhere and stays."""

    is_new: bool
    roles: tuple[str, ...]
    file: Path | None


def grant_login(settings: Settings, name: str, roles: Sequence[str], rotate: bool) -> Granted:
    """Make a login that reads what these roles read, or let one read just that.

    With ``rotate`` it gets a new password, as it does where it has none. Raises BullionError for
    another name or role, for a login that may more than read, and where the server refuses.
    """
    _check_name(name)
    unknown = [role for role in roles if role not in READERS]
    if unknown or not roles:
        wrong = f"There is no role '{unknown[0]}' for readers" if unknown else "No role is named"
        raise BullionError(f"{wrong}: choose of {', '.join(READERS)}.")
    folder = _folder(settings)
    wanted = tuple(role for role in READERS if role in roles)
    with _administrator(settings) as connection, connection.transaction():
        found = _login(connection, name)
        if found is not None:
            _refuse_more_than_reading(name, found)
        else:
            connection.execute(sql.SQL("create role {} login").format(sql.Identifier(name)))
        _set_roles(connection, name, found.roles if found else (), wanted)
        if found is not None and found.has_password and found.can_login and not rotate:
            known = bool(known_word(folder, name)) if folder.is_dir() else False
            return Granted(False, wanted, folder / name if known else None)
        make_folder(folder)
        word = random_word()
        set_password(connection, name, word)
        connection.execute(sql.SQL("alter role {} login").format(sql.Identifier(name)))
        # Last: where it cannot be written, the server forgets the password again.
        keep_password(folder, name, word)
    return Granted(found is None, wanted, folder / name)


def revoke_login(settings: Settings, name: str) -> bool:
    """End a login: its sessions, its password, its roles and, where nothing is its own, itself.

    False where it owns something, for which it is kept without a way in. Raises BullionError
    where there is no such login.
    """
    _check_name(name)
    role = sql.Identifier(name)
    with _administrator(settings) as connection:
        found = _login(connection, name)
        if found is None:
            raise BullionError(f"There is no login '{name}' on {settings.where}.")
        _refuse_more_than_reading(name, found)
        with connection.transaction():
            connection.execute(sql.SQL("alter role {} nologin password null").format(role))
            _set_roles(connection, name, found.roles, ())
        connection.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity where usename = %s", (name,)
        )
        try:
            connection.execute(sql.SQL("drop role {}").format(role))
            is_gone = True
        except psycopg.errors.DependentObjectsStillExist:
            is_gone = False
    (_folder(settings) / name).unlink(missing_ok=True)
    return is_gone


@dataclass(frozen=True)
class _Login:
    """A role as it stands: the roles it is a member of, and whether it may more than others."""

    roles: tuple[str, ...]
    can_login: bool
    has_password: bool
    is_mighty: bool


def _check_name(name: str) -> None:
    if not _NAME.fullmatch(name) or name.startswith("pg_") or name in _TAKEN:
        raise BullionError(
            f"A login cannot have the name {name!r}: up to 63 letters, digits, _ . - and @, "
            "beginning with a letter, and none of the warehouse's own roles."
        )


def _folder(settings: Settings) -> Path:
    own = settings.kind != "external" and settings.passfile is not None
    place = settings.passfile.parent if own and settings.passfile else settings.home / "secrets"
    return place / "logins"


@contextmanager
def _administrator(settings: Settings) -> Iterator[psycopg.Connection[Any]]:
    """Whoever may make logins: our own server's superuser, elsewhere the login that one has."""
    chosen = settings if settings.kind == "external" else as_administrator(settings)
    try:
        with connect(chosen, autocommit=True) as connection:
            yield connection
    except (psycopg.errors.InsufficientPrivilege, psycopg.errors.UndefinedObject) as error:
        raise BullionError(
            f"{chosen.user} cannot do that on {chosen.where}: {error.diag.message_primary}."
        ) from error


def _login(connection: psycopg.Connection[Any], name: str) -> _Login | None:
    row = connection.execute(
        """
        select
            array(
                select r.rolname::text
                from pg_auth_members as m
                join pg_roles as r on r.oid = m.roleid
                where m.member = pg_roles.oid
            ),
            rolcanlogin,
            rolsuper or rolcreaterole or rolcreatedb or rolreplication or rolbypassrls
        from pg_roles
        where rolname = %s
        """,
        (name,),
    ).fetchone()
    if row is None:
        return None
    roles, can_login, is_mighty = row
    return _Login(tuple(roles), can_login, _has_password(connection, name), is_mighty)


def _has_password(connection: psycopg.Connection[Any], name: str) -> bool:
    """Whether it has a password, as far as we may know."""
    try:
        with connection.transaction():
            row = connection.execute(
                "select rolpassword is not null from pg_authid where rolname = %s", (name,)
            ).fetchone()
    except psycopg.errors.InsufficientPrivilege:
        return True
    return bool(row and row[0])


def _refuse_more_than_reading(name: str, found: _Login) -> None:
    others = sorted(set(found.roles) - set(READERS))
    if found.is_mighty or others:
        what = f"a member of {', '.join(others)}" if others else "more than a reader"
        raise BullionError(
            f"'{name}' is {what}, so it is left alone: choose another name for a reader's login."
        )


def _set_roles(
    connection: psycopg.Connection[Any], name: str, known: Sequence[str], wanted: Sequence[str]
) -> None:
    role = sql.Identifier(name)
    for other in set(known) - set(wanted):
        connection.execute(sql.SQL("revoke {} from {}").format(sql.Identifier(other), role))
    for each in set(wanted) - set(known):
        connection.execute(sql.SQL("grant {} to {}").format(sql.Identifier(each), role))
