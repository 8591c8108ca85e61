"""Loads files into bronze: one batch a file, all or nothing."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal, localcontext
from typing import Literal

import pyarrow as pa
import pyarrow.compute as pc

from bullion.contract import Table, table
from bullion.errors import BullionError
from bullion.ingest.checking.checks import DELETE, Checker, sums
from bullion.ingest.checking.money import DIGITS
from bullion.ingest.checking.rejects import RejectGroup, RejectLog
from bullion.ingest.checking.values import ValueFormat
from bullion.ingest.destination import (
    Counts,
    Destination,
    DestinationError,
    OnBytes,
    OpenBatch,
    ReadPath,
    Sink,
)
from bullion.ingest.discovery import FileTask
from bullion.ingest.keys import Repeats
from bullion.ingest.reading.batch import Reader
from bullion.ingest.reading.header import OPERATION
from bullion.ingest.reading.layout import Layout, NewestEvent, newest_event, read_layout
from bullion.ingest.reading.refused import RejectedFileError
from bullion.ingest.reading.source import detect_encoding, open_source
from bullion.printing import printable

Status = Literal["loaded", "already loaded", "rejected", "failed"]
DEFAULT_MAX_REJECTED_PCT = 1.0
_ERROR_SHOWN = 300


@dataclass(frozen=True)
class LoadOptions:
    """How the files of a run are read. ``max_rejected_pct`` is in percent of a file's records."""

    delimiter: str | None = None
    encoding: str | None = None
    style: ValueFormat = field(default_factory=ValueFormat)
    is_full_extract: bool = False
    max_rejected_pct: float = DEFAULT_MAX_REJECTED_PCT


@dataclass
class FileOutcome:
    """What became of one file. ``rejected``: over the threshold or unreadable as a whole."""

    source_file: str
    table_name: str
    status: Status = "loaded"
    batch_id: int | None = None
    extracted_at: datetime | None = None
    counts: Counts = field(default_factory=Counts)
    read_path: ReadPath | None = None
    rejects: list[RejectGroup] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    message: str = ""
    kind: str = ""
    seconds: float = 0.0

    @property
    def is_good(self) -> bool:
        """Whether the file's rows are in bronze (now or since an earlier load)."""
        return self.status in ("loaded", "already loaded")


class _RollbackError(Exception):
    """Ends the file's batch without a trace."""


def load_file(
    destination: Destination,
    task: FileTask,
    options: LoadOptions,
    on_bytes: OnBytes | None = None,
) -> FileOutcome:
    """Load one file; the outcome says how it went, only DestinationError is raised."""
    outcome = FileOutcome(task.source_file, task.table_name, extracted_at=task.extracted_at)
    with _judged(outcome):
        _load_file(destination, task, options, _Progress(on_bytes), outcome)
    return outcome


@contextmanager
def _judged(outcome: FileOutcome) -> Iterator[None]:
    """Whatever ends a file is the file's outcome; DestinationError and interrupts go on."""
    begun = time.monotonic()
    try:
        yield
    except DestinationError:
        raise
    except RejectedFileError as error:
        outcome.status, outcome.message, outcome.kind = "rejected", str(error), error.kind
    except BullionError as error:
        outcome.status, outcome.message = "failed", str(error)
    except Exception as error:  # noqa: BLE001 (one file never ends the run)
        text = printable(" ".join(str(error).split()))[:_ERROR_SHOWN]
        outcome.status = "failed"
        outcome.message = (
            f"{printable(outcome.source_file)} could not be read: {type(error).__name__}"
            f"{': ' if text else ''}{text}; nothing of it was loaded; please report this"
        )
    outcome.seconds = time.monotonic() - begun


def load_reader(
    destination: Destination,
    outcome: FileOutcome,
    reader: Reader,
    content_hash: str,
    options: LoadOptions,
) -> None:
    """Load what a reader gives (an adapter's rows) as one batch; fills ``outcome``."""
    with (
        _judged(outcome),
        suppress(_RollbackError),
        _open(destination, outcome, options) as batch,
    ):
        outcome.batch_id = batch.batch.number
        _require_new(batch, content_hash, outcome)
        with RejectLog() as rejects:
            started_at = _now()
            _checked(batch, reader, options, outcome, rejects)
            _finish(batch, outcome, rejects, content_hash, options, started_at)
            outcome.notes += outcome.counts.repeats.notes(_places(outcome.counts.repeats))


def _load_file(
    destination: Destination,
    task: FileTask,
    options: LoadOptions,
    progress: _Progress,
    outcome: FileOutcome,
) -> None:
    contract_table = table(task.table_name)
    source = open_source(task.path, options.encoding)
    if outcome.extracted_at is None:
        source = detect_encoding(source)
    layout = read_layout(source, contract_table, options.delimiter)
    if outcome.extracted_at is None:
        newest = newest_event(layout, options.style)
        outcome.extracted_at = newest.at
        outcome.notes.append(_derived_note(destination, contract_table, newest))
    with suppress(_RollbackError), _open(destination, outcome, options) as batch:
        started_at = _now()
        outcome.batch_id = batch.batch.number
        content_hash = None
        if batch.has_extract():
            content_hash = source.content_hash()
            _require_new(batch, content_hash, outcome)
        with RejectLog() as rejects:
            straight_hash = _try_straight(batch, layout, options, progress, outcome)
            if straight_hash is None:
                layout = layout.with_source(detect_encoding(layout.source))
                progress.restart()
                reader = layout.reader(progress.advance)
                _checked(batch, reader, options, outcome, rejects)
                straight_hash = reader.content_hash()
            if layout.source.note:
                outcome.notes.append(layout.source.note)
            source.require_unchanged()
            final_hash = content_hash or straight_hash
            _finish(batch, outcome, rejects, final_hash, options, started_at)
            outcome.notes += outcome.counts.repeats.notes(_places(outcome.counts.repeats, layout))


def _open(
    destination: Destination, outcome: FileOutcome, options: LoadOptions
) -> AbstractContextManager[OpenBatch]:
    assert outcome.extracted_at is not None
    return destination.batch(
        table(outcome.table_name),
        outcome.source_file,
        outcome.extracted_at,
        options.is_full_extract,
    )


def _require_new(batch: OpenBatch, content_hash: str, outcome: FileOutcome) -> None:
    earlier = batch.loaded_before(content_hash)
    if earlier is not None:
        outcome.status = "already loaded"
        outcome.batch_id = earlier
        outcome.message = f"the same file is in bronze as batch {earlier}; nothing added"
        raise _RollbackError


def _try_straight(
    batch: OpenBatch,
    layout: Layout,
    options: LoadOptions,
    progress: _Progress,
    outcome: FileOutcome,
) -> str | None:
    is_canonical = options.style.is_canonical
    copied = batch.copy_straight(layout, progress.advance) if is_canonical else None
    if copied is None:
        return None
    outcome.counts, content_hash = copied
    outcome.read_path = "straight"
    outcome.notes += layout.notes
    return content_hash


def _checked(
    batch: OpenBatch,
    reader: Reader,
    options: LoadOptions,
    outcome: FileOutcome,
    rejects: RejectLog,
) -> None:
    sink = batch.sink()
    checker = Checker(batch.batch.table, options.style)
    try:
        outcome.counts = pour(reader, checker, sink, rejects)
    except BaseException:
        sink.abandon()
        raise
    outcome.read_path = "checked"
    outcome.notes += [*reader.notes, *checker.seen.notes]
    outcome.rejects = rejects.groups


def pour(reader: Reader, checker: Checker, sink: Sink, rejects: RejectLog) -> Counts:
    """Read, check and write all records; returns the counts, which must add up.

    Raises BullionError when the sink did not take as many rows as passed the checks.
    """
    money = checker.table.money_columns
    totals = dict.fromkeys(money, Decimal(0))
    counts = Counts()
    for batch in reader.batches():
        rows, bad = checker.check(batch)
        counts.rows_read += batch.records_read
        counts.deletes += _deletes(rows)
        for name, total in sums(rows, money).items():
            totals[name] += total or Decimal(0)
        for reject in bad:
            rejects.add(reject)
        if rows.num_rows:
            counts.findings.see_rows(checker.table, rows)
            sink.write(rows)
    seen = checker.seen
    with localcontext(prec=DIGITS):
        counts.totals = {name: total + seen.file_has_more[name] for name, total in totals.items()}
    counts.rounding = {name: more for name, more in seen.file_has_more.items() if more}
    counts.values_rounded = seen.rounded_money.total()
    counts.rows_loaded = sink.finish()
    counts.rows_rejected = len(rejects)
    if counts.rows_read != counts.rows_loaded + counts.rows_rejected:
        raise BullionError(
            f"{counts.rows_read} records read are not {counts.rows_loaded} loaded + "
            f"{counts.rows_rejected} rejected: nothing was loaded; please report this."
        )
    return counts


def _finish(
    batch: OpenBatch,
    outcome: FileOutcome,
    rejects: RejectLog,
    content_hash: str,
    options: LoadOptions,
    started_at: datetime,
) -> None:
    counts = outcome.counts
    may_repeat_keys = counts.findings.may_repeat_keys()
    if counts.rows_rejected * 100 > options.max_rejected_pct * counts.rows_read:
        share = 100 * counts.rows_rejected / counts.rows_read
        outcome.status = "rejected"
        outcome.kind = "threshold"
        outcome.message = (
            f"{counts.rows_rejected:,} of {counts.rows_read:,} records are bad ({share:.3g} %, "
            f"over the {options.max_rejected_pct:g} % allowed): nothing of the file was loaded; "
            "correct it, or allow more with --max-rejected"
        )
        raise _RollbackError
    if may_repeat_keys:
        counts.repeats = batch.repeats()
    counts.absence_deletes = batch.delete_absent()
    assert outcome.read_path is not None
    batch.close(counts, rejects, content_hash, outcome.read_path, started_at)


def _places(repeats: Repeats, layout: Layout | None = None) -> str:
    """Where the two records of the example are: their lines, where the file has lines."""
    if repeats.example is None:
        return ""
    ordinals = sorted(repeats.example[1:])
    lines: list[int] = []
    for batch in layout.reader().batches() if layout else ():
        numbers = batch.ordinals.to_pylist()
        here = [numbers.index(ordinal) for ordinal in ordinals if ordinal in numbers]
        lines += [line for line, _ in batch.locate(here) if line is not None]
        if numbers and numbers[-1] >= ordinals[-1]:
            break
    kind, places = ("lines", lines) if len(lines) == len(ordinals) else ("records", ordinals)
    return f"{kind} {places[0]} and {places[1]}"


def _deletes(rows: pa.Table) -> int:
    return int(pc.sum(pc.equal(rows[OPERATION], DELETE)).as_py() or 0)


def _derived_note(destination: Destination, contract_table: Table, newest: NewestEvent) -> str:
    note = (
        f"extract time taken from the newest {newest.column}: {newest.at} "
        "(--extracted-at says another)"
    )
    if newest.later:
        note += f"; {newest.later:,} dates later than today were passed over"
    standing = destination.newest_extract(contract_table)
    if standing is not None and standing > newest.at:
        note += f"; bronze already holds an extract of {standing}, whose rows win over these"
    return note


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)


class _Progress:
    """Passes bytes on; takes back what was counted when a file is read a second time."""

    def __init__(self, on_bytes: OnBytes | None) -> None:
        self._on_bytes = on_bytes
        self._count = 0

    def advance(self, count: int) -> None:
        self._count += count
        if self._on_bytes is not None:
            self._on_bytes(count)

    def restart(self) -> None:
        self.advance(-self._count)
