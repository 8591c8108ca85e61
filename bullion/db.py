"""Connections to the warehouse, and one clear line when there is none."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg

from bullion.errors import BullionError
from bullion.settings import Settings, get_settings

if TYPE_CHECKING:
    from sqlalchemy import Engine

CONNECT_TIMEOUT_SECONDS = 10


def connect(settings: Settings | None = None, **kwargs: Any) -> psycopg.Connection[Any]:
    """Open a psycopg 3 connection to the warehouse.

    ``kwargs`` are psycopg's (``autocommit=True``, ``row_factory=…``) or libpq parameters, which
    win over the settings (``dbname=…``). Raises BullionError with the fix when the server cannot
    be reached or refuses the login.
    """
    settings = settings or get_settings()
    defaults: dict[str, Any] = {
        "application_name": "bullion",
        "connect_timeout": CONNECT_TIMEOUT_SECONDS,
    }
    if settings.kind != "external":
        # A PGPASSWORD or PGSSLMODE meant for another server must not get in the way.
        defaults |= {"sslmode": "prefer", "password": known_password(settings)}
    try:
        return psycopg.connect(**(defaults | settings.parameters | kwargs))
    except psycopg.OperationalError as error:
        raise BullionError(explain(error, settings)) from error


def make_engine(settings: Settings | None = None, **options: Any) -> Engine:
    """A SQLAlchemy engine whose connections are those of :func:`connect`.

    ``options`` are those of ``create_engine``. Its URL says where the warehouse is, for tools that
    show it, and no password: each connection finds that anew.
    """
    from sqlalchemy import URL, create_engine

    settings = settings or get_settings()
    url = URL.create(
        "postgresql+psycopg",
        username=settings.user,
        host=settings.host,
        port=settings.port,
        database=settings.database,
    )
    # A notebook stays open longer than a server.
    defaults = {"pool_pre_ping": True}
    return create_engine(url, creator=lambda: connect(settings), **(defaults | options))


def known_password(settings: Settings) -> str | None:
    """The login's password, given directly or in its own password file; None when unknown."""
    if settings.password is not None:
        return settings.password
    if settings.passfile is None or not settings.passfile.exists():
        return None
    for line in settings.passfile.read_text(encoding="utf-8").splitlines():
        fields = [
            re.sub(r"\\(.)", r"\1", part) for part in re.findall(r"((?:\\.|[^:\\])*)(?::|$)", line)
        ]
        wanted = (settings.host, str(settings.port), settings.database, settings.user)
        if len(fields) > len(wanted) and all(
            part in {"*", value} for part, value in zip(fields, wanted, strict=False)
        ):
            return fields[len(wanted)]
    return None


def explain(error: psycopg.OperationalError, settings: Settings) -> str:
    """One line for a failed connection: what happened and which fix is the right one."""
    text = " ".join(str(error).split())
    lowered = text.lower()
    if "no password supplied" in lowered or "authentication failed" in lowered:
        return f"Login to {settings.where} as {settings.user} failed: {_login_fix(settings)}"
    if "does not exist" in lowered and ("database" in lowered or "role" in lowered):
        fix = (
            "run 'bullion up', which creates it"
            if settings.is_embedded
            else f"create it on that server (create database {settings.database}), "
            "then run 'bullion up'"
        )
        return f"The server answers, but {_last_part(text)}: {fix}."
    if "starting up" in lowered or "shutting down" in lowered or "recovery mode" in lowered:
        return f"The server on {settings.host}:{settings.port} is not ready yet: try again shortly."
    if "remaining connection slots" in lowered or (
        "too many" in lowered and ("clients" in lowered or "connections" in lowered)
    ):
        return (
            f"{settings.where} answers but has no free connection for {settings.user}: close some "
            "sessions (an administrator sees them in pg_stat_activity) and try again."
        )
    fix = {
        "embedded": "start it with 'bullion up'",
        "compose": "start it with 'docker compose up --wait'",
        "external": "check that it runs and that CONNECTION_STRING or PGHOST and PGPORT are "
        "right, or unset them to use the embedded server",
    }[settings.kind]
    return f"No PostgreSQL answers for {settings.where} ({_last_part(text)}): {fix}."


def _login_fix(settings: Settings) -> str:
    if settings.is_embedded:
        return (
            "another server answers on this port and this project's own is not running: "
            "start it with 'bullion up'."
        )
    if settings.password:
        return "the password in CONNECTION_STRING or PGPASSWORD is wrong; correct it there."
    passfile = settings.passfile or Path("~/.pgpass").expanduser()
    if passfile.exists():
        return (
            f"{passfile} has no line with the right password for it; add "
            f"'{settings.host}:{settings.port}:{settings.database}:{settings.user}:PASSWORD' "
            "(mode 0600)."
        )
    return (
        "no password is known; set PGPASSWORD (or CONNECTION_STRING), or write "
        f"'{settings.host}:{settings.port}:{settings.database}:{settings.user}:PASSWORD' to "
        f"{passfile} (mode 0600)."
    )


def _last_part(text: str) -> str:
    """The telling end of libpq's message: after 'failed:' and 'FATAL:'."""
    for marker in ("FATAL:", "failed:"):
        if marker in text:
            text = text.rpartition(marker)[2]
    return text.partition(" Is the server running on")[0].strip().rstrip(".")
