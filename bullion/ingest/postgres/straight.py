"""The straight path: a clean canonical file goes to PostgreSQL as the bytes that it is.

PostgreSQL checks types and not-null while it copies, but it is more forgiving than the contract:
it drops the offset of ``2024-01-01 10:00:00+02``, reads ``240105``, ``today`` and ``infinity`` as
dates, keeps ``NULL`` and a single blank as text, rounds money, and takes quotes in mid-field for
quoting. So a guard reads each block beside it (half of PostgreSQL's time, on another core):
Arrow's strict types on every column that is not text, and a look at the bytes for the rest.
Whatever the guard or PostgreSQL refuses is left to the checking reader, which says what is wrong.

Bytes without quotes and backslashes mean the same in COPY's text format as in its CSV format, and
PostgreSQL takes a tenth less time over them; so a file goes as text up to its first quote.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal
from itertools import groupby
from operator import itemgetter
from typing import Any

import psycopg
import pyarrow as pa
import pyarrow.compute as pc
from psycopg.copy import QueuedLibpqWriter

from bullion.contract import Table
from bullion.ingest.checking.checks import DELETE, UPSERT, sums
from bullion.ingest.checking.ids import LONGEST_ID, too_long
from bullion.ingest.checking.money import (
    CURRENCY,
    MONEY,
    USUAL_MONEY,
    allowed_decimals,
    are_usual,
    judged,
)
from bullion.ingest.checking.telltales import Telltales
from bullion.ingest.checking.values import ARROW_TYPES, like_null
from bullion.ingest.destination import Counts
from bullion.ingest.postgres.ddl import bronze_schema
from bullion.ingest.reading.blocks import BlockCutter, blanks_at_edges, may_hold_longer, pieces
from bullion.ingest.reading.csv_reader import read_block
from bullion.ingest.reading.header import DELIMITERS, OPERATION, Header
from bullion.ingest.reading.source import ByteStream, Source

BLOCK_BYTES = 1 << 20
_QUEUED_BLOCKS = 8


class NotStraightError(Exception):
    """The file is not clean and canonical; the checking reader must read it."""


class _ShortQueueWriter(QueuedLibpqWriter):
    """Sends from a thread of its own, a few blocks ahead (psycopg's own queue is a gigabyte)."""

    def __init__(self, cursor: psycopg.Cursor[Any]) -> None:
        super().__init__(cursor)
        self._queue.maxsize = _QUEUED_BLOCKS * 8


def copy_writer(cursor: psycopg.Cursor[Any]) -> QueuedLibpqWriter:
    """A COPY writer that overlaps preparing and sending, with a bounded queue."""
    return _ShortQueueWriter(cursor)


def can_go_straight(source: Source, header: Header) -> bool:
    """Whether the file's layout allows it: text, and only columns that bronze has."""
    return source.format == "csv" and not any(name.startswith("extra:") for name in header.names)


def copy_straight(
    connection: psycopg.Connection[Any],
    source: Source,
    table: Table,
    header: Header,
    delimiter: str,
    on_bytes: Callable[[int], None] | None = None,
) -> tuple[Counts, str]:
    """COPY the file into its bronze table inside the open batch; returns counts and SHA-256.

    Raises NotStraightError, after which the caller must roll back to its savepoint.
    """
    counts = Counts(totals=dict.fromkeys(table.money_columns, Decimal(0)))
    guard = _Guard(table, header, delimiter, counts)
    try:
        with ByteStream(source, on_bytes) as stream:
            cutter = BlockCutter(stream, BLOCK_BYTES)
            cutter.first_line()
            cutter.use_delimiter(delimiter)
            for is_plain, run in groupby(_guarded(cutter, guard, delimiter), itemgetter(0)):
                statement = _copy_statement(table, header, delimiter, is_plain)
                counts.rows_loaded += _send(connection, statement, (data for _, data in run))
            content_hash = stream.content_hash()
    except (psycopg.DataError, psycopg.IntegrityError, pa.ArrowInvalid) as error:
        raise NotStraightError(str(error)) from error
    if counts.rows_loaded != counts.rows_read:
        raise NotStraightError(
            f"PostgreSQL counted {counts.rows_loaded} records, the guard {counts.rows_read}"
        )
    return counts, content_hash


def _guarded(cutter: BlockCutter, guard: _Guard, delimiter: str) -> Iterator[tuple[bool, bytes]]:
    """Blocks that passed the guard; the flag is true until the first that only CSV can say.

    It never turns back, for each change waits until PostgreSQL has taken all that was sent.
    """
    # The text format takes not every delimiter, but those.
    is_plain = delimiter in DELIMITERS
    for block in cutter:
        if not block.is_regular:
            raise NotStraightError("quoting")
        guard.look_at(block.data)
        is_plain = is_plain and b'"' not in block.data and b"\\" not in block.data
        yield is_plain, block.data


def _send(connection: psycopg.Connection[Any], statement: str, blocks: Iterable[bytes]) -> int:
    """One COPY; returns how many records PostgreSQL took."""
    cursor = connection.cursor()
    with cursor.copy(statement, writer=copy_writer(cursor)) as copy:
        for data in blocks:
            copy.write(data)
    return cursor.rowcount


class _Guard:
    def __init__(self, table: Table, header: Header, delimiter: str, counts: Counts) -> None:
        self._names = header.names
        self._delimiter = delimiter
        self._counts = counts
        self._telltales = Telltales(like_null(table), delimiter)
        types = {
            column.name: ARROW_TYPES[column.type]
            for column in table.columns
            if column.name in header.known and column.type not in ("id", "text")
        }
        for column in table.columns:
            if column.name in table.key and column.name in header.known:
                types.setdefault(column.name, pa.string())
        if OPERATION in header.known:
            types[OPERATION] = pa.string()
        self._money = [name for name in table.money_columns if name in types]
        self._key = table.key
        self._ids = [
            column.name
            for column in table.columns
            if column.type == "id" and column.name in header.known
        ]
        self._has_currency = bool(self._money) and CURRENCY in header.known
        if self._has_currency:
            types.setdefault(CURRENCY, pa.string())
        # What most money has: until some has more decimals, none has to be looked at for them.
        types |= dict.fromkeys(self._money, USUAL_MONEY)
        # Every table has a column to count records by, also those that hold only text.
        self._types = types or {header.names[0]: pa.string()}

    def look_at(self, data: bytes) -> None:
        """Count and sum one block; raises NotStraightError or pa.ArrowInvalid if not canonical."""
        self._look_at_bytes(data)
        findings = self._counts.findings
        rows = self._read(data)
        self._counts.rows_read += rows.num_rows
        findings.see_keys([rows[name] for name in self._key])
        if OPERATION in self._types:
            self._counts.deletes += pc.sum(pc.equal(rows[OPERATION], DELETE)).as_py() or 0
        elif self._money:
            rows = rows.append_column(OPERATION, pa.repeat(pa.scalar(UPSERT), rows.num_rows))
        totals = self._counts.totals
        assert totals is not None
        if self._money:
            self._look_at_decimals(rows)
            for name, total in sums(rows, self._money).items():
                totals[name] += total or Decimal(0)

    def _look_at_bytes(self, data: bytes) -> None:
        """Raise NotStraightError where a field may be other than plain text or a plain value."""
        may_be_long = False
        for piece in pieces(data):
            has_lone_blank, has_blank_edge = blanks_at_edges(piece, self._delimiter)
            if b"NULL" in piece or has_lone_blank or self._telltales.are_in(piece):
                raise NotStraightError("a null word, or a form of spreadsheets")
            may_be_long = may_be_long or may_hold_longer(piece, self._delimiter, LONGEST_ID)
            self._counts.findings.text_is_trimmed &= not has_blank_edge
        if may_be_long:
            self._look_at_ids(data)

    def _read(self, data: bytes) -> pa.Table:
        wanted = list(self._types)
        try:
            return read_block(data, self._delimiter, self._names, wanted, self._types)
        except pa.ArrowInvalid:
            if not self._money or self._types[self._money[0]] == MONEY:
                raise
            self._types |= dict.fromkeys(self._money, MONEY)
            return read_block(data, self._delimiter, self._names, wanted, self._types)

    def _look_at_ids(self, data: bytes) -> None:
        """Raise NotStraightError where an id is longer than ids may be."""
        rows = read_block(data, self._delimiter, self._names, self._ids, pa.string())
        for name in self._ids:
            if pc.any(too_long(rows[name])).as_py():
                raise NotStraightError(f"length of {name}")

    def _look_at_decimals(self, rows: pa.Table) -> None:
        """Raise NotStraightError where an amount has more decimals than its currency."""
        currencies = rows[CURRENCY].combine_chunks() if self._has_currency else None
        if currencies is None and self._types[self._money[0]] == USUAL_MONEY:
            return
        decimals = allowed_decimals(currencies, rows.num_rows)
        if are_usual(decimals) and self._types[self._money[0]] == USUAL_MONEY:
            return
        for name in self._money:
            if judged(rows[name].combine_chunks().cast(MONEY), decimals).exact:
                raise NotStraightError(f"decimals of {name}")


def _copy_statement(table: Table, header: Header, delimiter: str, is_plain: bool) -> str:
    text = [
        column.name
        for column in table.columns
        if column.name in header.known and column.type in ("id", "text")
    ]
    if is_plain:
        style = "format text, null ''"
    else:
        style = "format csv" + (f", force_null ({', '.join(text)})" if text else "")
    written = "E'\\t'" if delimiter == "\t" else f"'{delimiter}'"
    return (
        f"copy {bronze_schema()}.{table.name} ({', '.join(header.names)}) from stdin "
        f"with ({style}, delimiter {written}, encoding 'UTF8')"
    )
