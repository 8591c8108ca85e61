"""Loads files into bronze: one transaction a file, all or nothing."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Literal

import psycopg
import pyarrow as pa
import pyarrow.compute as pc

from bullion.contract import Table, table
from bullion.errors import BullionError
from bullion.ingest.audit import (
    Batch,
    Counts,
    ReadPath,
    close_batch,
    delete_absent,
    has_extract,
    loaded_before,
    money_columns,
    newest_extract,
    open_batch,
)
from bullion.ingest.batch import Reader
from bullion.ingest.checks import DELETE, Checker, sums
from bullion.ingest.discovery import FileTask
from bullion.ingest.header import OPERATION
from bullion.ingest.layout import Layout, newest_event, read_layout
from bullion.ingest.rejects import RejectGroup, RejectLog
from bullion.ingest.sink import PostgresSink, Sink
from bullion.ingest.source import RejectedFileError, detect_encoding, file_hash, open_source
from bullion.ingest.straight import NotStraightError, can_go_straight, copy_straight
from bullion.ingest.values import ValueFormat

Status = Literal["loaded", "already loaded", "rejected", "failed"]
OnBytes = Callable[[int], None]
DEFAULT_MAX_REJECTED_PCT = 1.0


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
    """Ends the file's transaction without a trace."""


def load_file(
    connection: psycopg.Connection[Any],
    task: FileTask,
    options: LoadOptions,
    on_bytes: OnBytes | None = None,
) -> FileOutcome:
    """Load one file; the outcome says how it went, only a server's trouble raises BullionError.

    The connection must be in autocommit mode; bronze must be there (``ensure_bronze``).
    """
    outcome = FileOutcome(task.source_file, task.table_name, extracted_at=task.extracted_at)
    begun = time.monotonic()
    progress = _Progress(on_bytes)
    try:
        _load_file(connection, task, options, progress, outcome)
    except RejectedFileError as error:
        outcome.status, outcome.message, outcome.kind = "rejected", str(error), error.kind
    except BullionError as error:
        outcome.status, outcome.message = "failed", str(error)
    except psycopg.Error as error:
        raise _server_problem(connection, task.source_file, error) from error
    outcome.seconds = time.monotonic() - begun
    return outcome


def load_reader(
    connection: psycopg.Connection[Any],
    outcome: FileOutcome,
    reader: Reader,
    content_hash: str,
    options: LoadOptions,
) -> None:
    """Load what a reader gives (an adapter's rows) as one batch; fills ``outcome``."""
    begun = time.monotonic()
    assert outcome.extracted_at is not None
    contract_table = table(outcome.table_name)
    try:
        with connection.transaction():
            batch = _open(connection, contract_table, outcome, options)
            _require_new(connection, batch, content_hash, outcome)
            with RejectLog() as rejects:
                started_at = _now()
                _checked(connection, batch, reader, options, outcome, rejects)
                _finish(connection, batch, outcome, rejects, content_hash, options, started_at)
    except _RollbackError:
        pass
    except RejectedFileError as error:
        outcome.status, outcome.message, outcome.kind = "rejected", str(error), error.kind
    except psycopg.Error as error:
        raise _server_problem(connection, outcome.source_file, error) from error
    outcome.seconds = time.monotonic() - begun


def _load_file(
    connection: psycopg.Connection[Any],
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
        outcome.extracted_at = newest_event(layout, options.style)
        outcome.notes.append(_derived_note(connection, contract_table, outcome.extracted_at))
    with suppress(_RollbackError), connection.transaction():
        started_at = _now()
        batch = _open(connection, contract_table, outcome, options)
        content_hash = None
        if has_extract(connection, contract_table, batch.extracted_at):
            content_hash = file_hash(task.path)
            _require_new(connection, batch, content_hash, outcome)
        with RejectLog() as rejects:
            straight_hash = _try_straight(connection, layout, options, progress, outcome)
            if straight_hash is None:
                layout = layout.with_source(detect_encoding(layout.source))
                progress.restart()
                reader = layout.reader(progress.advance)
                _checked(connection, batch, reader, options, outcome, rejects)
                straight_hash = reader.content_hash()
            if layout.source.note:
                outcome.notes.append(layout.source.note)
            _finish(
                connection,
                batch,
                outcome,
                rejects,
                content_hash or straight_hash,
                options,
                started_at,
            )


def _open(
    connection: psycopg.Connection[Any],
    contract_table: Table,
    outcome: FileOutcome,
    options: LoadOptions,
) -> Batch:
    assert outcome.extracted_at is not None
    batch = open_batch(
        connection,
        contract_table,
        outcome.source_file,
        outcome.extracted_at,
        options.is_full_extract,
    )
    outcome.batch_id = batch.number
    return batch


def _require_new(
    connection: psycopg.Connection[Any], batch: Batch, content_hash: str, outcome: FileOutcome
) -> None:
    earlier = loaded_before(connection, batch.table, content_hash, batch.extracted_at)
    if earlier is not None:
        outcome.status = "already loaded"
        outcome.batch_id = earlier
        outcome.message = f"the same file is in bronze as batch {earlier}; nothing added"
        raise _RollbackError


def _try_straight(
    connection: psycopg.Connection[Any],
    layout: Layout,
    options: LoadOptions,
    progress: _Progress,
    outcome: FileOutcome,
) -> str | None:
    if not options.style.is_default or layout.header is None:
        return None
    if not can_go_straight(layout.source, layout.header):
        return None
    try:
        with connection.transaction():
            outcome.counts, content_hash = copy_straight(
                connection,
                layout.source,
                layout.table,
                layout.header,
                layout.delimiter,
                progress.advance,
            )
    except NotStraightError:
        return None
    outcome.read_path = "straight"
    outcome.notes += layout.notes
    return content_hash


def _checked(
    connection: psycopg.Connection[Any],
    batch: Batch,
    reader: Reader,
    options: LoadOptions,
    outcome: FileOutcome,
    rejects: RejectLog,
) -> None:
    sink = PostgresSink(connection, batch.table)
    try:
        outcome.counts = pour(reader, Checker(batch.table, options.style), sink, rejects)
    except BaseException:
        sink.abandon()
        raise
    outcome.read_path = "checked"
    outcome.notes += reader.notes
    outcome.rejects = rejects.groups


def pour(reader: Reader, checker: Checker, sink: Sink, rejects: RejectLog) -> Counts:
    """Read, check and write all records; returns the counts, which must add up.

    Raises BullionError when the sink did not take as many rows as passed the checks.
    """
    money = money_columns(checker.table)
    totals = dict.fromkeys(money, Decimal(0))
    counts = Counts(totals=totals)
    for batch in reader.batches():
        rows, bad = checker.check(batch)
        counts.rows_read += batch.records_read
        counts.deletes += _deletes(rows)
        for name, total in sums(rows, money).items():
            totals[name] += total or Decimal(0)
        for reject in bad:
            rejects.add(reject)
        if rows.num_rows:
            sink.write(rows)
    counts.rows_loaded = sink.finish()
    counts.rows_rejected = len(rejects)
    if counts.rows_read != counts.rows_loaded + counts.rows_rejected:
        raise BullionError(
            f"{counts.rows_read} records read are not {counts.rows_loaded} loaded + "
            f"{counts.rows_rejected} rejected: nothing was loaded; please report this."
        )
    return counts


def _finish(
    connection: psycopg.Connection[Any],
    batch: Batch,
    outcome: FileOutcome,
    rejects: RejectLog,
    content_hash: str,
    options: LoadOptions,
    started_at: datetime,
) -> None:
    counts = outcome.counts
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
    counts.absence_deletes = delete_absent(connection, batch)
    assert outcome.read_path is not None
    close_batch(connection, batch, counts, rejects, content_hash, outcome.read_path, started_at)


def _deletes(rows: pa.Table) -> int:
    return int(pc.sum(pc.equal(rows[OPERATION], DELETE)).as_py() or 0)


def _derived_note(
    connection: psycopg.Connection[Any], contract_table: Table, extracted_at: datetime
) -> str:
    note = (
        f"extract time taken from the newest {contract_table.event_time}: {extracted_at} "
        "(--extracted-at says another)"
    )
    with connection.transaction():
        newest = newest_extract(connection, contract_table)
    if newest is not None and newest > extracted_at:
        note += f"; bronze already holds an extract of {newest}, whose rows win over these"
    return note


def _server_problem(
    connection: psycopg.Connection[Any], source_file: str, error: psycopg.Error
) -> BullionError:
    text = " ".join(str(error).split())
    if connection.closed:
        return BullionError(
            f"The server was lost while loading {source_file} ({text}): nothing of that file was "
            "loaded; start the server and give the same command again."
        )
    return BullionError(
        f"PostgreSQL could not load {source_file} ({text}): nothing of that file was loaded."
    )


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
