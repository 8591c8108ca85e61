"""Connections to the warehouse, and one clear line when there is none."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import psycopg

from bullion.errors import BullionError
from bullion.paths import user_passfile
from bullion.settings import REQUIRED_AUTH, Settings, get_settings

if TYPE_CHECKING:
    from sqlalchemy import Engine

CONNECT_TIMEOUT_SECONDS = 10
_NOT_READY = ("starting up", "shutting down", "recovery mode", "not yet accepting connections")


def open_session(**parameters: Any) -> psycopg.Connection[Any]:
    """A psycopg connection by libpq's parameters; all of bullion's are opened here.

    The server has to prove by scram that it knows the password, unless ``require_auth`` says
    otherwise, so that no impostor is told it. Raises psycopg's errors.
    """
    return psycopg.connect(**({"require_auth": REQUIRED_AUTH} | parameters))


def is_not_ready(error: psycopg.OperationalError) -> bool:
    """Whether a server refused because it is starting or recovering (SQLSTATE 57P03, which libpq
    keeps to itself), and so will answer by and by."""
    lowered = str(error).lower()
    return any(words in lowered for words in _NOT_READY)


def connect(settings: Settings | None = None, **kwargs: Any) -> psycopg.Connection[Any]:
    """Open a psycopg 3 connection to the warehouse.

    ``kwargs`` are psycopg's (``autocommit=True``, ``row_factory=…``) or libpq parameters, which
    win over the settings (``dbname=…``). Raises BullionError with the fix when the server cannot
    be reached or refuses the login.
    """
    settings = settings or get_settings()
    settings.check()
    defaults: dict[str, Any] = {
        "application_name": "bullion",
        "connect_timeout": CONNECT_TIMEOUT_SECONDS,
    }
    if settings.kind != "external":
        # A PGPASSWORD or PGSSLMODE meant for another server must not get in the way.
        defaults |= {"sslmode": "prefer", "password": known_password(settings)}
    try:
        return open_session(**(defaults | settings.parameters | kwargs))
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
    for line in settings.passfile.read_text(encoding="utf-8", errors="replace").splitlines():
        fields = [
            re.sub(r"\\(.)", r"\1", part) for part in re.findall(r"((?:\\.|[^:\\])*)(?::|$)", line)
        ]
        wanted = (settings.host, str(settings.port), settings.database, settings.user)
        if len(fields) > len(wanted) and all(
            part in {"*", value} for part, value in zip(fields, wanted, strict=False)
        ):
            return fields[len(wanted)]
    return None


def is_other_auth(error: psycopg.OperationalError) -> bool:
    """Whether the server logs in otherwise than it was required to."""
    text = " ".join(str(error).lower().split())
    return "authentication method requirement" in text or "did not complete auth" in text


def explain(error: psycopg.OperationalError, settings: Settings) -> str:
    """One line for a failed connection: what happened and which fix is the right one."""
    text = " ".join(str(error).split())
    lowered = text.lower()
    if is_other_auth(error):
        return _impostor(settings)
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
    if is_not_ready(error):
        wait = "'bullion up' waits for it" if settings.is_embedded else "try again shortly"
        return (
            f"The server on {settings.address} is not ready, it is starting or recovering from its "
            f"log: {wait}."
        )
    if "remaining connection slots" in lowered or (
        "too many" in lowered and ("clients" in lowered or "connections" in lowered)
    ):
        return (
            f"{settings.where} answers but has no free connection for {settings.user}: close some "
            "sessions (an administrator sees them in pg_stat_activity) and try again."
        )
    fix = _start_fix(settings)
    return f"No PostgreSQL answers for {settings.where} ({_last_part(text)}): {fix}."


def _impostor(settings: Settings) -> str:
    method = settings.parameters.get("require_auth", REQUIRED_AUTH)
    said = (
        f"What listens on {settings.address} does not log in by {method}: it was told no password"
    )
    if settings.kind != "external":
        return f"{said}. It is another server; {_start_fix(settings)}."
    return (
        f"{said}. If it is the right server, set PGREQUIREAUTH to its method (such as md5, or none "
        "for certificates, peer and trust); see docs/security.md."
    )


def _start_fix(settings: Settings) -> str:
    return {
        "embedded": "start it with 'bullion up'",
        "compose": "start it with 'docker compose up --wait'",
        "external": "check that it runs and that CONNECTION_STRING or PGHOST and PGPORT are "
        "right, or unset them to use the embedded server",
    }[settings.kind]


def _login_fix(settings: Settings) -> str:
    if settings.is_embedded:
        return (
            "another server answers on this port and this project's own is not running: "
            "start it with 'bullion up'."
        )
    if settings.password:
        return "the password in CONNECTION_STRING or PGPASSWORD is wrong; correct it there."
    passfile = settings.passfile or user_passfile()
    line = f"'{settings.address}:{settings.database}:{settings.user}:PASSWORD'"
    if passfile is not None and passfile.exists():
        return f"{passfile} has no line with the right password for it; add {line} (mode 0600)."
    return (
        "no password is known; set PGPASSWORD (or CONNECTION_STRING), or write "
        f"{line} to {passfile or 'the file that PGPASSFILE names'} (mode 0600)."
    )


def _last_part(text: str) -> str:
    """The telling end of libpq's message: after 'failed:' and 'FATAL:'."""
    for marker in ("FATAL:", "failed:"):
        if marker in text:
            text = text.rpartition(marker)[2]
    return text.partition(" Is the server running on")[0].strip().rstrip(".")
