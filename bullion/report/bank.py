"""Whose data the report shows: which bank, as of when, synthetic or not."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from bullion.errors import BullionError
from bullion.report.tables import rows_if_built
from bullion.verify.bank import synthetic_bank


@dataclass(frozen=True)
class Bank:
    """The bank as the pages name it; ``synthetic``: what it was made of, empty for a real one."""

    name: str
    database: str
    as_of: dt.datetime | None
    batch: int | None
    synthetic: str

    @property
    def day(self) -> str:
        """The day that the report shows."""
        return f"{self.as_of:%Y-%m-%d}" if self.as_of else ""

    @property
    def source(self) -> str:
        """The line of a picture that has left the report."""
        parts = [self.name, f"as of {self.day}" if self.day else "", "Bullion"]
        return " · ".join(part for part in parts if part)

    @property
    def stamp(self) -> str:
        """The foot of each page."""
        if self.as_of is None:
            return f"database {self.database}"
        return (
            f"database {self.database}, as of {self.as_of:%Y-%m-%d %H:%M:%S} UTC, built up to "
            f"batch {self.batch}"
        )


def bank_in(connection: psycopg.Connection[Any], home: Path | None, name: str = "") -> Bank:
    """The bank of a warehouse, as ``name`` calls it; a synthetic one is known by its truth.yml in
    ``home``, or by its verification."""
    row = _row(connection, "select as_of, last_batch_id from silver.int_as_of")
    synthetic = _synthetic(connection, home)
    database = connection.info.dbname
    plain = "Synthetic bank" if synthetic else f"Bank in database {database}"
    return Bank(
        name=name or plain,
        database=database,
        as_of=row[0] if row else None,
        batch=row[1] if row else None,
        synthetic=synthetic,
    )


def _synthetic(connection: psycopg.Connection[Any], home: Path | None) -> str:
    try:
        with connection.transaction():
            truth = synthetic_bank(connection, home) if home else None
    except (psycopg.Error, BullionError):
        truth = None
    if truth is not None:
        made = truth.bank
        effects = "without effects" if made.null else "with planted effects"
        return (
            f"made by bullion generate: {made.customers:,} customers, seed {made.seed}, {effects}"
        )
    row = _row(connection, "select bank_seed from analytics_verification limit 1")
    return f"made by bullion generate: seed {row[0]}" if row else ""


def _row(connection: psycopg.Connection[Any], query: str) -> tuple[Any, ...] | None:
    """The first row, where it says anything."""
    return next((row for row in rows_if_built(connection, query) if row[0] is not None), None)
