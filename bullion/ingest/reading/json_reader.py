"""JSON lines, arrays of objects and objects over several lines, to record batches."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from typing import Any

import pyarrow as pa

from bullion.ingest.checking.rejects import Reject
from bullion.ingest.reading.batch import RawBatch
from bullion.ingest.reading.csv_reader import TOO_LONG
from bullion.ingest.reading.header import OPERATION, header_notes, match_header, normalised
from bullion.ingest.reading.json_records import JsonRecord, json_records
from bullion.ingest.reading.source import ByteStream, Source
from bullion.ingest.reading.table_reader import TableReader

RECORDS_PER_BATCH = 20_000
_NOT_A_RECORD = "The line is not a JSON object: it is cut off or not JSON lines."
_NOT_AN_OBJECT = "The element is not a JSON object, as a record is."
_TOO_DEEP = "The record is nested deeper than any record of data is."
_HALF_A_LETTER = (
    "The record holds half a letter (a lone surrogate, as \\ud83d), which is not text: "
    "its source has cut it in two."
)


class JsonReader(TableReader):
    """Reads the columns of a table from JSON; numbers keep their digits, a missing one is null."""

    _hash = ""

    def content_hash(self) -> str:
        """SHA-256 of the file, once ``batches`` has been read to its end."""
        return self._hash

    def batches(self) -> Iterator[RawBatch]:
        """All records in order; RejectedFileError when the first ones lack a required member, or
        when an array is not whole."""
        wanted = [*self._table.column_names, OPERATION]
        extra: dict[str, None] = {}
        is_first = True
        with ByteStream(self._source, self._on_bytes) as stream:
            for batch in _batches(stream, self._source.name, wanted, _spelt):
                if is_first and batch.members:
                    match_header(self._table, list(batch.members), self._source.name)
                    is_first = False
                extra.update(dict.fromkeys(batch.members.keys() - set(wanted)))
                yield batch.finish()
            self._hash = stream.content_hash()
        self.notes += header_notes(list(extra), ())


def json_members(source: Source) -> list[str]:
    """The members of all of a file's records, in order of appearance (a pass over the file)."""
    members: dict[str, None] = {}
    with ByteStream(source) as stream:
        for batch in _batches(stream, source.name, (), str):
            members.update(batch.members)
    return list(members)


class PlainJsonReader:
    """Reads the named members of each record, spelt as they are."""

    def __init__(self, source: Source, members: Sequence[str]) -> None:
        self.notes: list[str] = []
        self._source = source
        self._members = members
        self._hash = ""

    def content_hash(self) -> str:
        """SHA-256 of the file, once ``batches`` has been read to its end."""
        return self._hash

    def batches(self) -> Iterator[RawBatch]:
        """All records in order; RejectedFileError when an array is not whole."""
        with ByteStream(self._source) as stream:
            for batch in _batches(stream, self._source.name, self._members, str):
                yield batch.finish()
            self._hash = stream.content_hash()


class RejectedRecordError(Exception):
    """A record that is not one; ``kind`` and ``reason`` as a :class:`Reject` has them."""

    def __init__(self, kind: str, reason: str) -> None:
        super().__init__(reason)
        self.kind = kind
        self.reason = reason


def parsed(data: bytes, spell: Callable[[str], str], not_a_record: str) -> dict[str, Any]:
    """One record's members by their names as ``spell`` writes them; numbers as written, as text.

    Raises RejectedRecordError.
    """
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        reason = f"Byte {data[error.start]:#04x} is not valid in the file's encoding."
        raise RejectedRecordError("encoding", reason) from error
    try:
        record = _DECODER.decode(text)
    except RecursionError as error:
        raise RejectedRecordError("json", _TOO_DEEP) from error
    except ValueError as error:
        raise RejectedRecordError("truncated", not_a_record) from error
    if not isinstance(record, dict):
        raise RejectedRecordError("truncated", not_a_record)
    values = {spell(name): value for name, value in record.items()}
    if len(values) < len(record):
        _reject_twice([spell(name) for name in record])
    if "\\u" in text:
        _require_letters(values)
    return values


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    record = dict(pairs)
    if len(record) < len(pairs):
        _reject_twice([name for name, _ in pairs])
    return record


_DECODER = json.JSONDecoder(
    parse_float=str, parse_int=str, parse_constant=str, object_pairs_hook=_pairs
)


def _reject_twice(names: list[str]) -> None:
    twice = next(name for name in names if names.count(name) > 1)
    raise RejectedRecordError("json", f"The member '{twice}' stands twice in the record; keep one.")


def _require_letters(values: dict[str, Any]) -> None:
    try:
        json.dumps(values, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        raise RejectedRecordError("encoding", _HALF_A_LETTER) from error


@lru_cache(4096)
def _spelt(name: str) -> str:
    return normalised(name)


def _batches(
    stream: ByteStream, file_name: str, wanted: Sequence[str], spell: Callable[[str], str]
) -> Iterator[_JsonBatch]:
    batch = _JsonBatch(wanted, spell)
    for ordinal, record in enumerate(json_records(stream, file_name), start=1):
        batch.add(ordinal, record)
        if batch.size == RECORDS_PER_BATCH:
            yield batch
            batch = _JsonBatch(wanted, spell)
    if batch.size:
        yield batch


class _JsonBatch:
    def __init__(self, wanted: Sequence[str], spell: Callable[[str], str]) -> None:
        self.members: dict[str, None] = {}
        self.size = 0
        self._spell = spell
        self._columns: dict[str, list[str | None]] = {name: [] for name in wanted}
        self._ordinals: list[int] = []
        self._places: list[tuple[int, str]] = []
        self._rejects: list[Reject] = []

    def add(self, ordinal: int, record: JsonRecord) -> None:
        self.size += 1
        try:
            if record.is_long:
                raise RejectedRecordError("length", TOO_LONG)
            not_a_record = _NOT_AN_OBJECT if record.is_element else _NOT_A_RECORD
            values = parsed(record.data, self._spell, not_a_record)
            written = {name: _as_written(values.get(name)) for name in self._columns}
        except RejectedRecordError as error:
            shown = record.data.decode("utf-8", "replace")
            self._rejects.append(
                Reject(ordinal, record.line, None, error.kind, shown, error.reason)
            )
            return
        self.members.update(dict.fromkeys(values))
        for name, column in self._columns.items():
            column.append(written[name])
        self._ordinals.append(ordinal)
        self._places.append((record.line, record.data.decode("utf-8")))

    def finish(self) -> RawBatch:
        return RawBatch(
            {name: pa.array(values, pa.string()) for name, values in self._columns.items()},
            pa.array(self._ordinals, pa.int64()),
            lambda positions: [self._places[position] for position in positions],
            self._rejects,
        )


def _as_written(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    try:
        return json.dumps(value, ensure_ascii=False)
    except RecursionError as error:
        raise RejectedRecordError("json", _TOO_DEEP) from error
