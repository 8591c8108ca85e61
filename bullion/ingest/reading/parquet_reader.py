"""Parquet to record batches, whatever types its columns have; memory stays flat."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from bullion.ingest.checking.rejects import Reject
from bullion.ingest.reading.batch import Locate, RawBatch
from bullion.ingest.reading.header import OPERATION, header_notes, match_header
from bullion.ingest.reading.json_reader import RECORDS_PER_BATCH
from bullion.ingest.reading.refused import RejectedFileError
from bullion.ingest.reading.source import Source
from bullion.ingest.reading.table_reader import TableReader

# What Arrow and the decoders below it raise on bytes that are not theirs.
_DAMAGE = (pa.ArrowException, OSError, ValueError, UnicodeDecodeError, OverflowError)
_LARGEST_DECIMAL = 38


class ParquetReader(TableReader):
    """Reads the columns of a table from one Parquet file."""

    def batches(self) -> Iterator[RawBatch]:
        """All records in order; RejectedFileError for a damaged file, a missing column or one
        whose type can hold no value of the contract's."""
        with _opened(self._source) as file:
            fields = file.schema_arrow.names
            header = match_header(self._table, fields, self._source.name)
            self.notes += header_notes(header.extra, header.missing)
            columns = {
                wanted: field
                for wanted, field in zip(header.names, fields, strict=True)
                if not wanted.startswith("extra:")
            }
            text = {column.name for column in self._table.columns if column.type in ("id", "text")}
            self._require_plain(file.schema_arrow, columns, text | {OPERATION})
            yield from _batches(file, columns, text | {OPERATION}, self._source, self._on_bytes)

    def _require_plain(self, schema: pa.Schema, columns: dict[str, str], text: set[str]) -> None:
        for wanted, field in columns.items():
            kind = schema.field(field).type
            if wanted not in text and pa.types.is_nested(_value_type(kind)):
                raise RejectedFileError(
                    "header",
                    f"{self._source.name}: the column {wanted} is {kind}, several values in one; "
                    f"the contract has a {self._table.column(wanted).type} there.",
                )


class PlainParquetReader:
    """Reads all columns of a Parquet file as text, by the names given to them."""

    def __init__(self, source: Source, names: Sequence[str]) -> None:
        self.notes: list[str] = []
        self._source = source
        self._names = names

    def content_hash(self) -> str:
        """SHA-256 of the file's bytes."""
        return self._source.content_hash()

    def batches(self) -> Iterator[RawBatch]:
        """All records in order; RejectedFileError for a damaged file."""
        with _opened(self._source) as file:
            fields = file.schema_arrow.names
            columns = dict(zip(self._names, fields, strict=True))
            for batch in _batches(file, columns, set(self._names), self._source, None):
                text = {name: array.cast(pa.string()) for name, array in batch.columns.items()}
                yield replace(batch, columns=text)


def parquet_fields(source: Source) -> list[str]:
    """The names of a Parquet file's columns."""
    with _opened(source) as file:
        names = list(file.schema_arrow.names)
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise RejectedFileError("header", f"{source.name} has the column {twice} more than once.")
    return names


class _opened:  # noqa: N801 (used as a function)
    """An open Parquet file, which is one of ours and regular."""

    def __init__(self, source: Source) -> None:
        self._source = source

    def __enter__(self) -> pq.ParquetFile:
        self._bytes = self._source.open()
        try:
            return pq.ParquetFile(pa.PythonFile(self._bytes, mode="r"))
        except _DAMAGE as error:
            self._bytes.close()
            raise _damaged(self._source) from error

    def __exit__(self, *exc: object) -> None:
        self._bytes.close()


def _damaged(source: Source) -> RejectedFileError:
    return RejectedFileError("binary", f"{source.name} is a damaged Parquet file: send it again.")


def _batches(
    file: pq.ParquetFile,
    columns: dict[str, str],
    text: set[str],
    source: Source,
    on_bytes: Callable[[int], None] | None,
) -> Iterator[RawBatch]:
    read = 0
    total = max(file.metadata.num_rows, 1)
    batches = _read(file, list(columns.values()), source)
    for batch in batches:
        yield _raw_batch(batch, columns, text, read)
        if on_bytes is not None:
            done = read + batch.num_rows
            on_bytes(source.size * done // total - source.size * read // total)
        read += batch.num_rows


def _read(file: pq.ParquetFile, fields: list[str], source: Source) -> Iterator[pa.RecordBatch]:
    """The file's batches; what cannot be read of them is a damaged file."""
    try:
        yield from file.iter_batches(RECORDS_PER_BATCH, columns=fields)
    except _DAMAGE as error:
        raise _damaged(source) from error


def _raw_batch(
    batch: pa.RecordBatch, columns: dict[str, str], text: set[str], read: int
) -> RawBatch:
    is_broken = np.zeros(batch.num_rows, bool)
    arrays = {}
    for wanted, field in columns.items():
        array, broken = _plain(batch.column(field), wanted in text)
        arrays[wanted] = array
        if broken is not None:
            is_broken |= broken
    ordinals = pa.array(range(read + 1, read + batch.num_rows + 1), pa.int64())
    locate = _locator(batch)
    if not is_broken.any():
        return RawBatch(arrays, ordinals, locate)
    good = np.flatnonzero(~is_broken).tolist()
    bad = np.flatnonzero(is_broken).tolist()
    reason = "The record holds bytes that are not UTF-8, and so not text."
    rejects = [
        Reject(read + at + 1, None, None, "encoding", shown, reason)
        for at, (_, shown) in zip(bad, locate(bad), strict=True)
    ]
    return RawBatch(
        {name: array.take(pa.array(good, pa.int64())) for name, array in arrays.items()},
        ordinals.take(pa.array(good, pa.int64())),
        lambda positions: locate([good[position] for position in positions]),
        rejects,
    )


def _locator(batch: pa.RecordBatch) -> Locate:
    def locate(positions: Sequence[int]) -> list[tuple[int | None, str]]:
        return [
            (None, _json({name: _value(batch.column(name)[position]) for name in names}))
            for position in positions
        ]

    names = batch.schema.names
    return locate


def _plain(array: pa.Array, is_text: bool) -> tuple[pa.Array, np.ndarray | None]:
    """The column in a type that the checks read (text where ``is_text``), and which of its values
    are bytes that are no text, where some are.
    """
    array = _decoded(array)
    kind = array.type
    if pa.types.is_string(kind) or pa.types.is_large_string(kind) or _is_binary(kind):
        return _as_text(array)
    if pa.types.is_nested(kind):
        values = [None if value.as_py() is None else _json(value.as_py()) for value in array]
        return pa.array(values, pa.string()), None
    if pa.types.is_decimal(kind):
        return _narrow_decimal(array, is_text), None
    if pa.types.is_float16(kind):
        return array.cast(pa.float32()), None
    if pa.types.is_time(kind) or not _is_known(kind):
        return pa.array([None if one is None else str(one) for one in array.to_pylist()]), None
    return array, None


def _is_known(kind: pa.DataType) -> bool:
    return (
        pa.types.is_null(kind)
        or pa.types.is_boolean(kind)
        or pa.types.is_integer(kind)
        or pa.types.is_floating(kind)
        or pa.types.is_date(kind)
        or pa.types.is_timestamp(kind)
    )


def _decoded(array: pa.Array) -> pa.Array:
    """The values of a dictionary, of runs or of an extension type (a UUID as its text)."""
    while True:
        kind = array.type
        if isinstance(kind, pa.BaseExtensionType):
            if kind.extension_name == "arrow.uuid":
                return pa.array([None if one is None else str(one) for one in array.to_pylist()])
            array = array.storage
        elif pa.types.is_dictionary(kind):
            array = array.dictionary_decode()
        elif pa.types.is_run_end_encoded(kind):
            array = pc.run_end_decode(array)
        elif kind == pa.string_view():
            array = array.cast(pa.string())
        elif kind == pa.binary_view():
            array = array.cast(pa.binary())
        else:
            return array


def _value_type(kind: pa.DataType) -> pa.DataType:
    """The type of the values behind a dictionary, runs or an extension."""
    while True:
        if isinstance(kind, pa.BaseExtensionType):
            kind = kind.storage_type
        elif pa.types.is_dictionary(kind) or pa.types.is_run_end_encoded(kind):
            kind = kind.value_type
        else:
            return kind


def _is_binary(kind: pa.DataType) -> bool:
    return (
        pa.types.is_binary(kind)
        or pa.types.is_large_binary(kind)
        or pa.types.is_fixed_size_binary(kind)
    )


def _as_text(array: pa.Array) -> tuple[pa.Array, np.ndarray | None]:
    """Text that is UTF-8 for certain: Parquet's own columns of text are not looked at by Arrow."""
    large = pa.types.is_large_string(array.type) or pa.types.is_large_binary(array.type)
    raw = array.cast(pa.large_binary() if large else pa.binary())
    target = pa.large_string() if large else pa.string()
    try:
        return raw.cast(target), None
    except pa.ArrowInvalid:
        is_broken = np.array([not _is_utf8(one.as_py()) for one in raw])
        kept = pc.if_else(pa.array(is_broken), pa.scalar(None, raw.type), raw)
        return kept.cast(target), is_broken


def _is_utf8(value: bytes | None) -> bool:
    try:
        (value or b"").decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _narrow_decimal(array: pa.Array, is_text: bool) -> pa.Array:
    """Decimals as the checks know them; those too wide for it as text."""
    kind = array.type
    if kind.bit_width <= 128 and kind.scale >= 0:
        return array
    if not is_text and 0 <= kind.scale <= _LARGEST_DECIMAL:
        try:
            return array.cast(pa.decimal128(_LARGEST_DECIMAL, kind.scale))
        except pa.ArrowInvalid:
            pass
    values = [None if one is None else f"{one:f}" for one in array.to_pylist()]
    return pa.array(values, pa.string())


def _value(scalar: pa.Scalar) -> Any:
    """A value for a person; what Python cannot hold by Arrow's own words."""
    try:
        value = scalar.as_py()
    except (ValueError, OverflowError, UnicodeDecodeError):
        return str(scalar.cast(pa.binary()).as_py()) if _is_bytes(scalar) else str(scalar)
    return value.decode("utf-8", "backslashreplace") if isinstance(value, bytes) else value


def _is_bytes(scalar: pa.Scalar) -> bool:
    return pa.types.is_string(scalar.type) or pa.types.is_large_string(scalar.type)


def _json(value: Any) -> str:
    return json.dumps(value, default=_shown, ensure_ascii=False)


def _shown(value: Any) -> str:
    return value.decode("utf-8", "backslashreplace") if isinstance(value, bytes) else str(value)
