"""JSON lines and Parquet to record batches."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from bullion.contract import Table
from bullion.ingest.checking.rejects import Reject
from bullion.ingest.reading.batch import RawBatch
from bullion.ingest.reading.header import OPERATION, match_header, normalised
from bullion.ingest.reading.source import ByteStream, RejectedFileError, Source, file_hash

RECORDS_PER_BATCH = 20_000
_NOT_A_RECORD = "The line is not a JSON object: it is cut off or not JSON lines."


class JsonLinesReader:
    """Reads one JSON object a line; numbers keep their digits, a missing member is null."""

    def __init__(
        self, source: Source, table: Table, on_bytes: Callable[[int], None] | None = None
    ) -> None:
        self.notes: list[str] = []
        self._source = source
        self._table = table
        self._wanted = [*table.column_names, OPERATION]
        self._on_bytes = on_bytes
        self._extra: dict[str, None] = {}
        self._hash = ""

    def content_hash(self) -> str:
        """SHA-256 of the file, once ``batches`` has been read to its end."""
        return self._hash

    def batches(self) -> Iterator[RawBatch]:
        """All records in order; RejectedFileError when the first ones lack a required member."""
        builder = _JsonBatch(self._wanted, 0)
        read = 0
        with ByteStream(self._source, self._on_bytes) as stream:
            for number, line in enumerate(_lines(stream), start=1):
                if not line.strip():
                    continue
                read += 1
                builder.add(read, number, line, self._extra)
                if builder.size == RECORDS_PER_BATCH:
                    yield self._finish(builder)
                    builder = _JsonBatch(self._wanted, read)
            if builder.size:
                yield self._finish(builder)
            self._hash = stream.content_hash()
        if self._extra:
            self.notes.append(f"kept out: {', '.join(self._extra)} (not in the contract)")

    def _finish(self, builder: _JsonBatch) -> RawBatch:
        if builder.first_ordinal == 1 and builder.members:
            match_header(self._table, list(builder.members), self._source.path.name)
        return builder.finish()


class _JsonBatch:
    def __init__(self, wanted: Sequence[str], records_before: int) -> None:
        self.first_ordinal = records_before + 1
        self.members: dict[str, None] = {}
        self.size = 0
        self._wanted = set(wanted)
        self._columns: dict[str, list[str | None]] = {name: [] for name in wanted}
        self._ordinals: list[int] = []
        self._places: list[tuple[int, str]] = []
        self._rejects: list[Reject] = []

    def add(self, ordinal: int, number: int, line: bytes, extra: dict[str, None]) -> None:
        self.size += 1
        try:
            text = line.decode("utf-8")
        except UnicodeDecodeError as error:
            shown = line.decode("utf-8", "replace").rstrip("\r\n")
            reason = f"Byte {line[error.start]:#04x} is not valid in the file's encoding."
            self._rejects.append(Reject(ordinal, number, None, "encoding", shown, reason))
            return
        text = text.rstrip("\r\n")
        try:
            record = json.loads(text, parse_float=str, parse_int=str, parse_constant=str)
        except ValueError:
            record = None
        if not isinstance(record, dict):
            reject = Reject(ordinal, number, None, "truncated", text, _NOT_A_RECORD)
            self._rejects.append(reject)
            return
        values = {normalised(name): value for name, value in record.items()}
        for name in values.keys() - self._wanted:
            extra.setdefault(name)
        self.members.update(dict.fromkeys(values))
        for name, column in self._columns.items():
            column.append(_as_written(values.get(name)))
        self._ordinals.append(ordinal)
        self._places.append((number, text))

    def finish(self) -> RawBatch:
        return RawBatch(
            {name: pa.array(values, pa.string()) for name, values in self._columns.items()},
            pa.array(self._ordinals, pa.int64()),
            lambda positions: [self._places[position] for position in positions],
            self._rejects,
        )


class ParquetReader:
    """Reads one Parquet file, whatever widths its columns have; memory stays flat."""

    def __init__(
        self, source: Source, table: Table, on_bytes: Callable[[int], None] | None = None
    ) -> None:
        self.notes: list[str] = []
        self._source = source
        self._table = table
        self._on_bytes = on_bytes

    def content_hash(self) -> str:
        """SHA-256 of the file's bytes."""
        return file_hash(self._source.path)

    def batches(self) -> Iterator[RawBatch]:
        """All records in order; raises RejectedFileError for a damaged file or a missing column."""
        name = self._source.path.name
        try:
            file = pq.ParquetFile(self._source.path)
        except (pa.ArrowInvalid, OSError) as error:
            raise RejectedFileError(
                "binary", f"{name} is a damaged Parquet file: send it again."
            ) from (error)
        with file:
            fields = file.schema_arrow.names
            header = match_header(self._table, fields, name)
            self.notes += header_notes(header.extra, header.missing)
            columns = {
                wanted: field
                for wanted, field in zip(header.names, fields, strict=True)
                if not wanted.startswith("extra:")
            }
            read = 0
            total = max(file.metadata.num_rows, 1)
            size = self._source.size
            for batch in file.iter_batches(RECORDS_PER_BATCH, columns=list(columns.values())):
                yield _parquet_batch(batch, columns, read)
                if self._on_bytes is not None:
                    done = read + batch.num_rows
                    self._on_bytes(size * done // total - size * read // total)
                read += batch.num_rows


def header_notes(extra: Sequence[str], missing: Sequence[str]) -> list[str]:
    """What to tell about columns that are not read or not there."""
    notes = []
    if extra:
        notes.append(f"kept out: {', '.join(extra)} (not in the contract)")
    if missing:
        notes.append(f"not in the file, so null: {', '.join(missing)}")
    return notes


def _parquet_batch(batch: pa.RecordBatch, columns: dict[str, str], read: int) -> RawBatch:
    arrays = {wanted: batch.column(field) for wanted, field in columns.items()}

    def locate(positions: Sequence[int]) -> list[tuple[int | None, str]]:
        return [
            (None, json.dumps(batch.slice(position, 1).to_pylist()[0], default=str))
            for position in positions
        ]

    ordinals = pa.array(range(read + 1, read + batch.num_rows + 1), pa.int64())
    return RawBatch(arrays, ordinals, locate)


def _as_written(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    return json.dumps(value, ensure_ascii=False)


def _lines(stream: ByteStream) -> Iterator[bytes]:
    rest = b""
    while chunk := stream.read():
        lines = (rest + chunk).split(b"\n")
        rest = lines.pop()
        yield from lines
    if rest:
        yield rest
