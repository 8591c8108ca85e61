"""What pages read beside their charts' rows."""

from __future__ import annotations

from typing import Any

import psycopg


def rows_if_built(connection: psycopg.Connection[Any], query: str) -> list[tuple[Any, ...]]:
    """The rows of a query; none where a table is not built, or is not this reader's to read."""
    try:
        with connection.transaction():
            return connection.execute(query).fetchall()
    except (psycopg.errors.UndefinedTable, psycopg.errors.InsufficientPrivilege):
        return []
