"""Roles, schemas and settings of the warehouse's database, from ``postgres-init/``.

The same SQL files are run by compose at the first start of its server.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from pathlib import Path

import psycopg
from psycopg import sql

from bullion.db import connect, is_not_ready, open_session
from bullion.errors import BullionError
from bullion.paths import PROJECT_DIR
from bullion.server.layout import ServerFiles
from bullion.server.secrets import SUPERUSER, password_of
from bullion.server.waiting import NOTICE_SECONDS, RECOVERING, START_SECONDS
from bullion.settings import LOCALHOST, LOGIN, Settings

INIT_DIR = PROJECT_DIR / "postgres-init"
_POLL_SECONDS = 0.2
_SAME_START_SECONDS = 60
# Any number will do, so long as every bullion uses the same.
_INIT_LOCK = 7_203_118
_INIT_TRIES = 50
_INIT_PAUSE_SECONDS = 0.1


def init_files(own_server: bool) -> list[Path]:
    """The SQL files in order; those named ``*_login.sql`` only for servers of this project.

    Raises BullionError where there are none.
    """
    files = sorted(INIT_DIR.glob("*.sql"))
    if not files:
        raise BullionError(
            f"{INIT_DIR} holds no SQL files, without which a server gets no roles and schemas: "
            "install bullion's wheel anew, or run it in a checkout."
        )
    return [file for file in files if own_server or not file.stem.endswith("_login")]


def run_files(connection: psycopg.Connection[tuple], files: Iterable[Path]) -> None:
    """Run the files in one transaction, one process at a time (grants do not queue up)."""
    with connection.transaction():
        connection.execute("set local client_min_messages = warning")
        _wait_for_others(connection)
        for file in files:
            connection.execute(file.read_bytes())


def _wait_for_others(connection: psycopg.Connection[tuple]) -> None:
    """Anybody may hold an advisory lock: this one only spares two preparations a clash, so it is
    worth no longer wait."""
    for _ in range(_INIT_TRIES):
        found = connection.execute("select pg_try_advisory_xact_lock(%s)", (_INIT_LOCK,)).fetchone()
        if found and found[0]:
            return
        time.sleep(_INIT_PAUSE_SECONDS)


def prepare_embedded(
    layout: ServerFiles, port: int, database: str, say: Callable[[str], None]
) -> None:
    """Create the database, run the files, and give the login role its password."""
    password = password_of(layout.secrets, LOGIN)
    with connect_superuser(layout.secrets, port, "postgres", say) as connection:
        create_database(connection, database)
    with connect_superuser(layout.secrets, port, database) as connection:
        run_files(connection, init_files(own_server=True))
        if not _login_works(port, database, password):
            set_password(connection, LOGIN, password)


def prepare_external(settings: Settings) -> str:
    """Run the files on a server that is not ours, as far as the login may; a line to tell.

    A compose server, whose administrator's password is in ``secrets/``, is prepared like an
    embedded one. Raises BullionError when the server cannot be reached.
    """
    with connect(settings, autocommit=True) as connection:
        try:
            run_files(connection, init_files(own_server=False))
        except psycopg.errors.InsufficientPrivilege as error:
            missing = _missing(connection)
            reason = str(error.diag.message_primary)
            if missing:
                raise BullionError(
                    f"{settings.user} may not prepare {settings.where} ({reason}), and it has no "
                    f"{', '.join(missing)}: have an administrator run {INIT_DIR}/10_roles.sql, "
                    "30_schemas.sql, 40_grants.sql and 50_settings.sql there, in that order, and "
                    f"'grant archivist, loader, transformer to {settings.user}'."
                ) from error
            return (
                f"{settings.user} may not change roles and schemas there ({reason}); they exist, "
                "so they are left as they are."
            )
    return "Roles, schemas and settings are in place."


def create_database(connection: psycopg.Connection[tuple], database: str) -> None:
    """Create the database unless it is there."""
    known = connection.execute("select 1 from pg_database where datname = %s", (database,))
    if known.fetchone() is None:
        connection.execute(sql.SQL("create database {}").format(sql.Identifier(database)))


def set_password(connection: psycopg.Connection[tuple], user: str, password: str) -> None:
    """Set a role's password; only its scram verifier travels, so no log ever shows the word."""
    verifier = connection.pgconn.encrypt_password(
        password.encode(), user.encode(), b"scram-sha-256"
    ).decode()
    connection.execute(
        sql.SQL("alter role {} password {}").format(sql.Identifier(user), sql.Literal(verifier))
    )


def connect_superuser(
    secrets: Path, port: int, database: str, say: Callable[[str], None] = lambda _: None
) -> psycopg.Connection[tuple]:
    """An autocommit connection of the administrator of a server of ours.

    ``secrets`` is the folder with its password. A server that recovers is waited for, which
    ``say`` tells. Raises BullionError when the server refuses it.
    """
    started = time.monotonic()
    noticed = False
    while True:
        try:
            return _superuser_session(secrets, port, database)
        except psycopg.OperationalError as error:
            waited = time.monotonic() - started
            if not is_not_ready(error) or waited > START_SECONDS:
                raise BullionError(_refused(error, secrets, port)) from error
        if waited > NOTICE_SECONDS and not noticed:
            noticed = True
            say(RECOVERING)
        time.sleep(_POLL_SECONDS)


def answers(layout: ServerFiles, port: int) -> bool:
    """Whether the server there is the one that runs on these data, as their pid file tells when it
    began: that of a copied home has the same passwords."""
    try:
        lines = (layout.data / "postmaster.pid").read_text(errors="replace").splitlines()
        with connect_superuser(layout.secrets, port, "postgres") as connection:
            found = connection.execute(
                "select extract(epoch from pg_postmaster_start_time())::float8"
            ).fetchone()
    except (OSError, BullionError):
        return False
    if found is None or len(lines) < 3 or not lines[2].isdigit():
        return False
    return abs(float(found[0]) - int(lines[2])) < _SAME_START_SECONDS


def _superuser_session(secrets: Path, port: int, database: str) -> psycopg.Connection[tuple]:
    return open_session(
        host=LOCALHOST,
        port=port,
        dbname=database,
        user=SUPERUSER,
        password=password_of(secrets, SUPERUSER),
        autocommit=True,
    )


def _refused(error: psycopg.OperationalError, secrets: Path, port: int) -> str:
    words = " ".join(str(error).split())
    if "password authentication failed" in words:
        return (
            f"The server on port {port} refuses its administrator (wrong password): stop it with "
            f"'bullion down', delete {secrets / SUPERUSER} and run 'bullion up'."
        )
    return f"The server on port {port} cannot be prepared: {words}."


def _login_works(port: int, database: str, password: str) -> bool:
    try:
        open_session(
            host=LOCALHOST, port=port, dbname=database, user=LOGIN, password=password
        ).close()
    except psycopg.OperationalError:
        return False
    return True


def _missing(connection: psycopg.Connection[tuple]) -> list[str]:
    rows = connection.execute(
        """
        select 'schema ' || name
        from unnest(array['bronze', 'silver', 'gold', 'gold_pii', 'stats']) as names (name)
        where to_regnamespace(name) is null
        """
    )
    return [name for (name,) in rows]
