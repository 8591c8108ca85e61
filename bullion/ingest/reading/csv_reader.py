"""Delimited text to record batches: whole blocks by Arrow, irregular ones record by record.

Arrow reads a regular block ten times faster than Python's csv module and numbers the records it
cannot split. A block with broken quoting, NUL or bytes that are not text is read by the csv module
instead, with recovery: a quote that is never closed costs one record, not the rest of the file.
"""

from __future__ import annotations

import csv
import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv as arrow_csv

from bullion.ingest.checking.rejects import Reject
from bullion.ingest.reading.batch import Locate, RawBatch
from bullion.ingest.reading.blocks import (
    MAX_RECORD_BYTES,
    BlockCutter,
    TextBlock,
    count_lines,
)
from bullion.ingest.reading.source import ByteStream, Source

BLOCK_BYTES = 4 << 20

# Names of fields that are not columns: kept out; beyond the header's last, where no value may be.
EXTRA, BEYOND = "extra:", "beyond:"
TOO_LONG = f"The record is longer than {MAX_RECORD_BYTES >> 20} MB, which no record of data is."

# The first line → the delimiter and, for each field, its column (or EXTRA, BEYOND and a number).
MatchHeader = Callable[[str], tuple[str, Sequence[str]]]
OnInvalid = Callable[[arrow_csv.InvalidRow], str]


class CsvReader:
    """Reads one delimited file; ``match_header`` decides from its first line what is read.

    ``skip_lines`` are passed over first; without a header the first line is a record as well.
    """

    def __init__(
        self,
        source: Source,
        match_header: MatchHeader,
        on_bytes: Callable[[int], None] | None = None,
        skip_lines: int = 0,
        has_header: bool = True,
    ) -> None:
        self.notes: list[str] = []
        self._skip_lines = skip_lines
        self._has_header = has_header
        self._source = source
        self._match_header = match_header
        self._on_bytes = on_bytes
        self._hash = ""

    def content_hash(self) -> str:
        """SHA-256 of the file, once ``batches`` has been read to its end."""
        return self._hash

    def batches(self) -> Iterator[RawBatch]:
        """All records of the file in order, numbered from 1 (the header is not one)."""
        with ByteStream(self._source, self._on_bytes) as stream:
            cutter = BlockCutter(stream, BLOCK_BYTES)
            cutter.skip_lines(self._skip_lines)
            first = cutter.first_line() if self._has_header else cutter.peek_line()
            line = first.decode("utf-8", "replace")
            delimiter, names = self._match_header(line)
            cutter.use_delimiter(delimiter)
            yield from _Records(cutter, delimiter, names).batches()
            self._hash = stream.content_hash()


class _Records:
    """The state of one pass: how many records and lines have gone by."""

    def __init__(self, cutter: BlockCutter, delimiter: str, names: Sequence[str]) -> None:
        self._cutter = cutter
        self._delimiter = delimiter
        self._names = list(names)
        self._wanted = [name for name in names if not name.startswith(EXTRA)]
        self._beyond = [name for name in names if name.startswith(BEYOND)]
        self._records = 0
        self._lines = cutter.lines_before_blocks

    def batches(self) -> Iterator[RawBatch]:
        for block in self._cutter:
            batch = self._read_regular(block) if block.is_regular else None
            if batch is not None:
                self._lines += count_lines(block.data)
            elif block.is_long:
                batch = self._read_long(block)
            else:
                batch = self._read_irregular(block)
            self._records += batch.records_read
            yield self._without_beyond(batch) if self._beyond else batch

    def _read_long(self, block: TextBlock) -> RawBatch:
        self._lines += 1
        reject = Reject(
            self._records + 1, self._lines, None, "length", _shown(block.data), TOO_LONG
        )
        columns = {name: pa.array([], pa.string()) for name in self._wanted}
        return RawBatch(columns, pa.array([], pa.int64()), lambda _: [], [reject])

    def _without_beyond(self, batch: RawBatch) -> RawBatch:
        """The batch without the fields past the header's last; records with a value there fail."""
        columns = dict(batch.columns)
        is_bad = np.zeros(len(batch.ordinals), bool)
        for name in self._beyond:
            lengths = pc.fill_null(pc.binary_length(columns.pop(name)), 0)
            is_bad |= lengths.to_numpy(zero_copy_only=False) > 0
        if not is_bad.any():
            return replace(batch, columns=columns)
        bad = np.flatnonzero(is_bad).tolist()
        good = np.flatnonzero(~is_bad).tolist()
        width = len(self._names)
        rejects = [
            _wrong_width(batch.ordinals[at].as_py(), line, text, width, width - len(self._beyond))
            for at, (line, text) in zip(bad, batch.locate(bad), strict=True)
        ]
        return RawBatch(
            {name: column.take(pa.array(good)) for name, column in columns.items()},
            batch.ordinals.take(pa.array(good)),
            lambda positions: batch.locate([good[position] for position in positions]),
            sorted([*batch.rejects, *rejects], key=lambda reject: reject.source_row),
        )

    def _read_regular(self, block: TextBlock) -> RawBatch | None:
        broken: list[arrow_csv.InvalidRow] = []

        def keep(row: arrow_csv.InvalidRow) -> str:
            broken.append(row)
            return "skip"

        def read(on_invalid: OnInvalid | None) -> pa.Table:
            return read_block(
                block.data, self._delimiter, self._names, self._wanted, pa.string(), on_invalid
            )

        try:
            table = read(None)
        except pa.ArrowInvalid:
            # A record of another width, or bytes that are not UTF-8, which Arrow cannot hand on.
            if not _is_utf8(block.data):
                return None
            table = read(keep)
        total = table.num_rows + len(broken)
        ordinals = np.arange(1, total + 1, dtype=np.int64)
        if broken:
            ordinals = np.delete(ordinals, [row.number - 1 for row in broken])
        locate = _block_locator(block.data, self._lines)
        lines = [line for line, _ in locate([row.number - 1 for row in broken])]
        rejects = [
            _wrong_width(
                self._records + row.number, line, row.text, row.actual_columns, len(self._names)
            )
            for row, line in zip(broken, lines, strict=True)
        ]

        def locate_good(positions: Sequence[int]) -> Iterable[tuple[int | None, str]]:
            return locate([int(ordinals[position]) - 1 for position in positions])

        columns = {name: table[name].combine_chunks() for name in self._wanted}
        return RawBatch(columns, pa.array(ordinals + self._records), locate_good, rejects)

    def _read_irregular(self, block: TextBlock) -> RawBatch:
        records = _RecordByRecord(block.data, self._delimiter, len(self._names), block.is_last)
        records.read(self._records, self._lines)
        if records.unread:
            self._cutter.give_back(records.unread)
        self._lines += records.lines_used
        fields = zip(*records.rows, strict=True) if records.rows else itertools.repeat(())
        by_name = dict(zip(self._names, fields, strict=False))
        columns = {name: pa.array(by_name[name], pa.string()) for name in self._wanted}
        places = records.places
        return RawBatch(
            columns,
            pa.array(records.ordinals, pa.int64()),
            lambda positions: [places[position] for position in positions],
            records.rejects,
        )


def read_block(
    data: bytes,
    delimiter: str,
    names: Sequence[str],
    wanted: Sequence[str],
    types: pa.DataType | dict[str, pa.DataType],
    on_invalid: OnInvalid | None = None,
) -> pa.Table:
    """Parse a regular block with Arrow; ``types`` for the wanted columns, one for all or by name.

    Without ``on_invalid`` a record with another number of fields raises pa.ArrowInvalid, as does
    a value that is not of its type. Empty lines are no records.
    """
    by_name = types if isinstance(types, dict) else dict.fromkeys(wanted, types)
    return arrow_csv.read_csv(
        pa.py_buffer(data),
        # One thread and one block: only then are broken records numbered.
        read_options=arrow_csv.ReadOptions(
            use_threads=False, block_size=len(data) + 1, column_names=list(names)
        ),
        parse_options=arrow_csv.ParseOptions(
            delimiter=delimiter, newlines_in_values=True, invalid_row_handler=on_invalid
        ),
        convert_options=arrow_csv.ConvertOptions(
            column_types=by_name,
            include_columns=list(wanted),
            null_values=[""],
            true_values=["true"],
            false_values=["false"],
            strings_can_be_null=False,
            quoted_strings_can_be_null=True,
        ),
    )


class _RecordByRecord:
    """Reads an irregular block with the csv module, one record after another."""

    def __init__(self, data: bytes, delimiter: str, width: int, is_last: bool) -> None:
        self._lines = _split(data)
        self._delimiter = delimiter
        self._width = width
        self._is_last = is_last
        self._next = 0
        self.rows: list[list[str]] = []
        self.ordinals: list[int] = []
        self.places: list[tuple[int, str]] = []
        self.rejects: list[Reject] = []
        self.unread = b""
        self.lines_used = 0

    def read(self, records_before: int, lines_before: int) -> None:
        """Fill rows, places and rejects; ``unread`` is an unfinished record for the next block."""
        ordinal = records_before
        while self._next < len(self._lines):
            start = self._next
            if not self._lines[start].strip(b"\r\n"):
                self._next += 1
                continue
            fields, problem = self._record()
            text = b"".join(self._lines[start : self._next])
            if problem == "open" and not self._is_last and len(text) < MAX_RECORD_BYTES:
                self.unread = text
                self._next = start
                break
            if (problem or len(fields) != self._width) and self._next > start + 1:
                # A quote that is not closed swallows lines: only the first is at fault.
                self._next = start + 1
                text = self._lines[start]
                problem = "open"
            ordinal += 1
            place = (lines_before + start + 1, _shown(text))
            reject = _judge(text, fields, problem, self._width, ordinal, place)
            if reject is not None:
                self.rejects.append(reject)
            else:
                self.rows.append(fields)
                self.ordinals.append(ordinal)
                self.places.append(place)
        self.lines_used = self._next

    def _record(self) -> tuple[list[str], str | None]:
        """The next record's fields, or what is wrong with its quoting (``open``, ``quoting``)."""
        at_end = False

        def lines() -> Iterator[str]:
            nonlocal at_end
            size = 0
            while self._next < len(self._lines) and size < MAX_RECORD_BYTES:
                line = self._lines[self._next]
                self._next += 1
                size += len(line)
                yield line.decode("utf-8", "surrogateescape")
            at_end = True

        csv.field_size_limit(2 * MAX_RECORD_BYTES)
        reader = csv.reader(lines(), delimiter=self._delimiter, strict=True)
        try:
            return next(reader), None
        except csv.Error:
            return [], "open" if at_end else "quoting"
        except StopIteration:
            return [], "open"


def _judge(
    text: bytes,
    fields: list[str],
    problem: str | None,
    width: int,
    ordinal: int,
    place: tuple[int, str],
) -> Reject | None:
    line, shown = place
    if b"\x00" in text:
        reason = "The record holds a NUL byte, which is not text; export it again."
        return Reject(ordinal, line, None, "encoding", shown, reason)
    try:
        text.decode("utf-8")
    except UnicodeDecodeError as error:
        byte = text[error.start]
        reason = (
            f"Byte {byte:#04x} at position {error.start + 1} of the record is not valid in the "
            "file's encoding; correct it, or say --encoding latin-1 if the whole file is."
        )
        return Reject(ordinal, line, None, "encoding", shown, reason)
    if problem == "open":
        reason = (
            "A quote is opened and not closed in its record: "
            "the line is cut off, or a quote is missing."
        )
        return Reject(ordinal, line, None, "truncated", shown, reason)
    if problem is not None:
        reason = 'A quote stands inside a quoted field; write it twice ("").'
        return Reject(ordinal, line, None, "quoting", shown, reason)
    if len(fields) != width:
        return _wrong_width(ordinal, line, shown, len(fields), width)
    return None


def _wrong_width(ordinal: int, line: int | None, text: str, found: int, wanted: int) -> Reject:
    if found < wanted:
        reason = (
            f"The record has {found} of {wanted} fields: "
            "the line is cut off, or a delimiter is missing."
        )
        return Reject(ordinal, line, None, "truncated", text, reason)
    reason = (
        f"The record has {found} fields, the header {wanted}: "
        "a value that holds the delimiter must stand in double quotes."
    )
    return Reject(ordinal, line, None, "fields", text, reason)


def _block_locator(data: bytes, lines_before: int) -> Locate:
    """Finds line and text of records of a regular block by their position among its records."""
    starts: np.ndarray | None = None

    def locate(positions: Sequence[int]) -> Iterable[tuple[int | None, str]]:
        nonlocal starts
        if not positions:
            return []
        if starts is None:
            starts = _record_starts(data)
        ends = np.append(starts[1:], len(data))
        found = []
        for position in positions:
            start = int(starts[position])
            text = data[start : int(ends[position])].rstrip(b"\r\n")
            line = lines_before + count_lines(data[:start]) + 1
            found.append((line, text.decode("utf-8", "replace")))
        return found

    return locate


def _record_starts(data: bytes) -> np.ndarray:
    """Byte offset of each record of a regular block; empty lines are no records."""
    array = np.frombuffer(data, np.uint8)
    is_end = array == 10
    if b"\r" in data:
        # A return without a line feed ends a line as well.
        is_end |= (array == 13) & (np.append(array[1:], 0) != 10)
    newlines = np.flatnonzero(is_end)
    quotes = np.flatnonzero(array == 34)
    outside = newlines[np.searchsorted(quotes, newlines) % 2 == 0]
    starts = np.concatenate([[0], outside + 1])
    starts = starts[starts < len(data)]
    first = array[starts]
    is_empty = (first == 10) | (first == 13)
    return starts[~is_empty]


def _split(data: bytes) -> list[bytes]:
    """Lines with their ends: LF, CRLF or CR alone."""
    return data.splitlines(keepends=True)


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _shown(text: bytes) -> str:
    return text.rstrip(b"\r\n").decode("utf-8", "replace")
