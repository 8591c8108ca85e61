"""The verb ``audit``: who read personal data, who changed what, who came and went."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    """Add this family's verbs to the command line."""
    app.command()(audit)


def audit(
    log: Annotated[
        Path | None,
        typer.Option(help="The server's log, or - for standard input; else the embedded one's."),
    ] = None,
    since: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d", "%Y-%m-%d %H:%M"], help="In UTC.")
    ] = None,
    connections: Annotated[
        bool, typer.Option("--connections", help="Also who connected and left.")
    ] = False,
) -> None:
    """Say who read gold_pii and when, which definitions were changed by whom, and who may read it.

    From the server's log, so as far back as that reaches. Reads by administrators and by those who
    build are not noted: docs/security.md.

    Example: bullion audit --since 2026-01-01

    Of compose's server: docker compose logs --no-log-prefix postgres | bullion audit --log -
    """
    from bullion.db import connect
    from bullion.errors import BullionError
    from bullion.printing import printable
    from bullion.server import cluster
    from bullion.server.logs import log_files
    from bullion.sessions import audit as sessions
    from bullion.settings import get_settings

    settings = get_settings()
    with connect(settings, autocommit=True) as connection:
        if not sessions.is_noted(connection):
            raise BullionError(
                f"{settings.where} notes no reads: run 'bullion up', and on a server of your own "
                "have an administrator run postgres-init/70_audit_login.sql."
            )
        typer.echo("Who can read gold_pii:")
        for name, why in sessions.readers_of_persons(connection):
            typer.echo(f"  {printable(name)}: {why}")
        for name, at in sessions.last_scans(connection):
            typer.echo(f"{name} was last read, by whomever, at: {_time(at)}")
    if log is None:
        layout = cluster.existing_layout(settings.home) if settings.is_embedded else None
        if layout is None:
            raise BullionError(
                f"The log of {settings.where} is not here: give it by --log FILE, or --log - for "
                "standard input (docker compose logs --no-log-prefix postgres)."
            )
        files = log_files(layout)
    else:
        files = [log]
    typer.echo("What the log has (UTC):")
    count = 0
    for event in sessions.events(_lines(files), connections):
        if since is None or event.at >= since:
            count += 1
            typer.echo(f"  {_time(event.at)}  {event.user}@{event.database}  {event.what}")
    if not count:
        typer.echo("  nothing")


def _time(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S}" if at else "never"


def _lines(files: list[Path]) -> Iterator[str]:
    from bullion.errors import BullionError

    for path in files:
        if str(path) == "-":
            yield from sys.stdin
        elif path.exists():
            try:
                with path.open(encoding="utf-8", errors="replace") as lines:
                    yield from lines
            except OSError as error:
                raise BullionError(
                    f"{path} cannot be read ({error.strerror}): run as its owner."
                ) from error
