"""The bank in the warehouse: which truth.yml is its own."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from bullion.errors import BullionError
from bullion.synth.truth import document
from bullion.synth.truth.document import Document, Entry, Rows

FILE = document.FILE

Connection = psycopg.Connection[Any]

DEFAULT_CUSTOMERS = 5000
DEFAULT_MONTHS = 48


@dataclass(frozen=True)
class PlantedBank:
    """The bank that is verified, as its truth.yml tells it."""

    seed: int
    customers: int
    start: dt.date
    end: dt.date
    is_null: bool
    truths: dict[str, Entry]

    def entry(self, truth_id: str) -> Entry:
        """The entry of a truth; T01p, what is derived from T01, has the one of T01."""
        return self.truths[truth_id[:3]]

    @property
    def days(self) -> int:
        """Days from start to end, both included."""
        return (self.end - self.start).days + 1

    @property
    def months(self) -> int:
        """Calendar months from start to end, both included."""
        return (self.end.year - self.start.year) * 12 + self.end.month - self.start.month + 1

    @property
    def is_full_size(self) -> bool:
        """Whether the bank is at least as large as the one that the truths are designed for."""
        return self.customers >= DEFAULT_CUSTOMERS and self.months >= DEFAULT_MONTHS


def find_bank(connection: Connection, home: Path, given: Path | None = None) -> PlantedBank:
    """The bank that was loaded: of the file or folder ``given``, else of the banks in BULLION_HOME
    the one with the rows that were loaded.

    Raises BullionError when there is none, when the warehouse holds other rows than it, or when
    it is one that cannot be verified.
    """
    loaded = _loaded(connection)
    if given is not None:
        path = given / FILE if given.is_dir() else given
        truth = document.read(path)
        if truth.rows != loaded:
            raise BullionError(
                f"{path} is not of the bank in the warehouse ({_difference(truth.rows, loaded)})"
                "; verify needs the first extract of one bank and nothing else."
            )
        return _bank(truth, path)
    for path in sorted(home.glob(f"*/{FILE}")):
        truth = document.read(path)
        if truth.rows == loaded:
            return _bank(truth, path)
    raise BullionError(
        f"What is loaded is none of the synthetic banks in {home} alone: name the bank's own "
        f"{FILE} with --truth, or make a bank with 'bullion demo'."
    )


def synthetic_bank(connection: Connection, home: Path) -> Document | None:
    """The truth.yml of the synthetic bank in ``home`` whose extracts were loaded, all of them or
    some; None where what is loaded is something else."""
    try:
        loaded = _loaded(connection)
    except BullionError:
        return None
    for path in sorted(home.glob(f"*/{FILE}")):
        truth = document.read(path)
        if loaded.items() <= truth.rows.items():
            return truth
    return None


def bank_of(truth: Mapping[str, Any], path: Path) -> PlantedBank:
    """The bank of truth.yml's plain values. Raises BullionError for one that cannot be verified."""
    return _bank(document.parse(truth, path), path)


def _bank(truth: Document, path: Path) -> PlantedBank:
    bank = truth.bank
    obstacles = [
        f"--{name}" for name in ("deltas", "faults", "without", "currencies") if getattr(bank, name)
    ]
    if obstacles:
        raise BullionError(
            f"The bank of {path} was generated with {', '.join(obstacles)}: verify is for a clean "
            "first extract with all its truths, or with none (--null)."
        )
    return PlantedBank(
        seed=bank.seed,
        customers=bank.customers,
        start=bank.start,
        end=bank.end,
        is_null=bank.null,
        truths=truth.truths,
    )


def _loaded(connection: Connection) -> Rows:
    try:
        found = connection.execute(
            "select split_part(source_file, '/', 1), table_name, sum(rows_read)::bigint"
            " from bronze.load_audit group by 1, 2"
        ).fetchall()
    except psycopg.errors.UndefinedTable:
        found = []
    if not found:
        raise BullionError("Nothing is loaded: make a bank and load it with 'bullion demo'.")
    rows: Rows = {}
    for extract, table, count in found:
        rows.setdefault(extract, {})[table] = count
    return rows


def _difference(said: Rows, loaded: Rows) -> str:
    """The first thing in which they differ, in words."""
    for extract in sorted(said.keys() | loaded.keys()):
        theirs, ours = said.get(extract, {}), loaded.get(extract, {})
        for table in sorted(theirs.keys() | ours.keys()):
            if theirs.get(table) != ours.get(table):
                return (
                    f"{extract}/{table}: {ours.get(table, 0):,} rows loaded, "
                    f"{theirs.get(table, 0):,} in the bank"
                )
    return "the same rows"
