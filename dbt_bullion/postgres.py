"""Interrupted builds on PostgreSQL: what runs is cancelled, as any client may with its own.

dbt-postgres ends an interrupted build's statements by pg_terminate_backend, which the role that
builds may not do to the user who has logged in: they ran on, and dbt died of the refusal.
Upstream: dbt-labs/dbt-postgres issue 196, open.
"""

from __future__ import annotations

import sys
from typing import Any

from dbt_bullion.guard import Known, may_apply, replace

_MODULE = "dbt.adapters.postgres.connections"
KNOWN = (
    Known(
        f"{_MODULE}:PostgresConnectionManager.cancel",
        "(self, connection)",
        ("connection.handle.get_backend_pid()", "pg_terminate_backend"),
    ),
)


def apply() -> None:
    """Give dbt-postgres another way to cancel, where the profile is PostgreSQL's."""
    # dbt has imported the adapter by now, because the profile is read before the plugins are.
    connections: Any = sys.modules.get(_MODULE)
    if connections is not None and may_apply("postgres", KNOWN):
        replace(connections.PostgresConnectionManager, "cancel", cancel)


def cancel(_manager: Any, connection: Any) -> None:
    """Cancel what a connection of psycopg2's has running, and close it."""
    handle = connection.handle
    if not handle.closed:
        handle.cancel()
        # Between two statements there is nothing to cancel: the next one may not begin.
        handle.close()
