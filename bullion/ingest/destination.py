"""Where batches are kept: PostgreSQL's bronze or a Parquet lake, behind one protocol."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal, localcontext
from typing import Literal, Protocol

import pyarrow as pa

from bullion.contract import Table
from bullion.errors import BullionError
from bullion.ingest.checking.money import DIGITS
from bullion.ingest.checking.rejects import RejectLog
from bullion.ingest.findings import Findings
from bullion.ingest.keys import Repeats
from bullion.ingest.reading.layout import Layout

OnBytes = Callable[[int], None]
ReadPath = Literal["straight", "checked"]
# Of control totals, which are exact to them.
_TOTAL_DECIMALS = 18


class DestinationError(BullionError):
    """The destination itself is in trouble: no file of the run can be loaded any more."""


@dataclass(frozen=True)
class Batch:
    """An open batch: the lock is held and the session's settings name it."""

    number: int
    table: Table
    source_file: str
    extracted_at: datetime
    is_full_extract: bool


@dataclass
class Counts:
    """What became of a file's records.

    ``totals``: money columns over the upsert rows, as the file has them; ``rounding``: what of
    each total the loaded amounts do not have, where ``values_rounded`` of them were rounded.
    """

    rows_read: int = 0
    rows_loaded: int = 0
    rows_rejected: int = 0
    deletes: int = 0
    absence_deletes: int = 0
    totals: dict[str, Decimal] | None = None
    rounding: dict[str, Decimal] = field(default_factory=dict)
    values_rounded: int = 0
    repeats: Repeats = field(default_factory=Repeats)
    findings: Findings = field(default_factory=Findings, compare=False)

    def control_totals(self) -> list[tuple[str, Decimal, Decimal]]:
        """By money column: the total as the file has it, and that of the loaded amounts."""
        with localcontext(prec=DIGITS):
            return [
                (name, round(total, _TOTAL_DECIMALS), total - self.rounding.get(name, Decimal(0)))
                for name, total in (self.totals or {}).items()
            ]


class Sink(Protocol):
    """Takes the rows of one batch; ``finish`` says how many it has taken."""

    def write(self, rows: pa.Table) -> None:
        """Typed rows: contract columns in order, ``_source_row``, ``_op``."""
        ...

    def finish(self) -> int:
        """All rows are written; returns their number."""
        ...

    def abandon(self) -> None:
        """The batch is given up; nothing of it may stay."""
        ...


class OpenBatch(Protocol):
    """A batch that nobody sees yet; it holds the lock of all loads of its warehouse."""

    @property
    def batch(self) -> Batch:
        """Its number and origin."""
        ...

    def has_extract(self) -> bool:
        """Whether any file of the table has this extract time (else none can be the same)."""
        ...

    def loaded_before(self, content_hash: str) -> int | None:
        """Batch in which the same bytes came for the same table and extract time, or None."""
        ...

    def copy_straight(
        self, layout: Layout, on_bytes: OnBytes | None, /
    ) -> tuple[Counts, str] | None:
        """Take a clean canonical file as the bytes that it is; counts and SHA-256.

        None, and nothing of it stays, where file or destination do not allow it.
        """
        ...

    def sink(self) -> Sink:
        """A sink for the batch's checked rows."""
        ...

    def repeats(self) -> Repeats:
        """The keys that stand more than once among the rows of the batch."""
        ...

    def delete_absent(self) -> int:
        """Delete rows for keys that a full extract no longer holds; returns how many were made.

        Alive means: the key's latest version as of the extract's own time is not a delete. Besides
        the batch itself, every full extract of a later time that came before it is looked at
        again, so that files in the wrong order end as files in order would.
        """
        ...

    def close(
        self,
        counts: Counts,
        rejects: RejectLog,
        content_hash: str,
        read_path: ReadPath,
        started_at: datetime,
    ) -> None:
        """Write audit row, control totals and rejects; the batch is seen when its context ends."""
        ...


class Destination(Protocol):
    """A warehouse's bronze that takes batches."""

    @property
    def rejects_place(self) -> str:
        """Where a person finds the rejected records."""
        ...

    def batch(
        self, table: Table, source_file: str, extracted_at: datetime, is_full_extract: bool
    ) -> AbstractContextManager[OpenBatch]:
        """The next batch: all of it is kept when the context ends well, nothing otherwise.

        Raises DestinationError when the destination fails.
        """
        ...

    def newest_extract(self, table: Table) -> datetime | None:
        """The latest extract time of the table."""
        ...
