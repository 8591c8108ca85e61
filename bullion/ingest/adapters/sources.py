"""The files of a mapping's source, read as text with the readers of ``bullion load``."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from fnmatch import fnmatch
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from bullion.errors import BullionError
from bullion.ingest.adapters.guess.values import looks_like_value
from bullion.ingest.adapters.mapping import SourceFile
from bullion.ingest.checking.rejects import Reject
from bullion.ingest.reading.batch import RawBatch, Reader
from bullion.ingest.reading.csv_reader import BEYOND, CsvReader
from bullion.ingest.reading.files import text_of_name
from bullion.ingest.reading.header import sniff_delimiter, split_line
from bullion.ingest.reading.json_reader import PlainJsonReader, json_members
from bullion.ingest.reading.layout import first_lines
from bullion.ingest.reading.parquet_reader import PlainParquetReader, parquet_fields
from bullion.ingest.reading.refused import shown_name
from bullion.ingest.reading.source import (
    detect_encoding,
    open_source,
    uncompressed_name,
)
from bullion.printing import printable

ROW, FILE = "_source_row", "_source_file"
_WILD = re.compile(r"[*?\[]")
_NAMES_SHOWN = 5


class SourceTable:
    """One source: its files, and once read its rejects, hash and notes."""

    def __init__(self, name: str, source: SourceFile, adapter: str, paths: Sequence[Path]) -> None:
        self.name = name
        self.decimal = source.style.decimal
        self.date_format = source.style.date_format
        self.rejects: list[Reject] = []
        self.hash = ""
        self.notes: list[str] = []
        self.paths = paths
        self.sheet = source.sheet
        shown = source.file if len(paths) > 1 else text_of_name(paths[0])
        self.source_file = f"{adapter}/{shown}"
        self._source = source

    def read_into(self, database: duckdb.DuckDBPyConnection) -> None:
        """Make the table ``sources.<name>`` of text columns, ``_source_row`` and ``_source_file``.

        Rows are numbered through all files, which must have the same columns.
        """
        first: _File | None = None
        before = 0
        hashes = []
        for path in self.paths:
            file = _File(path, self._source)
            if first is None:
                first = file
                self._create(database, file.names)
            else:
                file.require_columns_of(first)
            before = self._read(database, file, first.names, before)
            hashes.append(file.hash)
            self.notes += [note for note in file.notes if note not in self.notes]
        self.hash = "".join(hashes)

    def _create(self, database: duckdb.DuckDBPyConnection, names: Sequence[str]) -> None:
        empty = {ROW: pa.array([], pa.int64()), FILE: _NO_TEXT}
        empty |= dict.fromkeys(names, _NO_TEXT)
        database.from_arrow(pa.table(empty)).create(f"sources.{self.name}")

    def _read(
        self,
        database: duckdb.DuckDBPyConnection,
        file: _File,
        names: Sequence[str],
        before: int,
    ) -> int:
        read = before
        for batch in file.batches():
            self.rejects += [self._placed(reject, file, before) for reject in batch.rejects]
            read += batch.records_read
            rows = {
                ROW: pc.add(batch.ordinals, before),
                FILE: pa.repeat(pa.scalar(text_of_name(file.path)), len(batch.ordinals)),
            }
            rows |= {name: self._without_nulls(batch.columns[name]) for name in names}
            database.from_arrow(pa.table(rows)).insert_into(f"sources.{self.name}")
        return read

    def _placed(self, reject: Reject, file: _File, before: int) -> Reject:
        if len(self.paths) == 1:
            return reject
        return replace(
            reject,
            source_row=reject.source_row + before,
            reason=f"{file.shown}, record {reject.source_row}: {reject.reason}",
        )

    def _without_nulls(self, column: pa.Array) -> pa.Array:
        words = self._source.null_words
        if not words:
            return column
        is_null = pc.is_in(column, value_set=pa.array(words, column.type))
        return pc.if_else(is_null, pa.scalar(None, column.type), column)


_NO_TEXT = pa.array([], pa.string())


class _File:
    """One file of a source: the names of its columns as SQL knows them, and its records."""

    def __init__(self, path: Path, source: SourceFile) -> None:
        self.path = path
        self.shown = shown_name(path)
        self.hash = ""
        self._source = source
        self._opened = detect_encoding(open_source(path, source.encoding))
        self.notes = [] if self._opened.note is None else [self._opened.note]
        self._require_keys_that_fit()
        self._delimiter = ""
        self._trailing = 0
        self._members: list[str] = []
        self.names = distinct_names(self._fields())

    def require_columns_of(self, other: _File) -> None:
        """Raise BullionError unless the files have the same columns, in whatever order."""
        missing = [name for name in other.names if name not in self.names]
        more = [name for name in self.names if name not in other.names]
        if missing or more:
            parts = [f"without {_listed(missing)}"] if missing else []
            parts += [f"with {_listed(more)}"] if more else []
            raise BullionError(
                f"{self.shown} has other columns than {other.shown} ({', '.join(parts)}): the "
                "files of one source must have the same; make it a source of its own."
            )

    def batches(self) -> Iterator[RawBatch]:
        """The records, by the names of the columns; raises RejectedFileError."""
        reader = self._reader()
        given = self._members or [f"c{at}" for at in range(len(self.names))]
        for batch in reader.batches():
            columns = {
                name: batch.columns[each] for name, each in zip(self.names, given, strict=True)
            }
            yield replace(batch, columns=columns)
        self.hash = reader.content_hash()
        self._opened.require_unchanged()

    def _reader(self) -> Reader:
        opened, source = self._opened, self._source
        internal = [f"c{at}" for at in range(len(self.names))]
        if opened.format == "json":
            return PlainJsonReader(opened, self._members)
        if opened.format == "parquet":
            return PlainParquetReader(opened, internal)
        if opened.format == "xlsx":
            from bullion.ingest.reading.xlsx_reader import PlainXlsxReader

            return PlainXlsxReader(
                opened, internal, source.sheet, source.skip_lines, source.has_header
            )
        fields = [*internal, *(f"{BEYOND}{number}" for number in range(self._trailing))]
        return CsvReader(
            opened,
            lambda _: (self._delimiter, fields),
            skip_lines=source.skip_lines,
            has_header=source.has_header,
        )

    def _fields(self) -> list[str]:
        """The columns' own names; those of a file without a header by their position."""
        if self._opened.format == "json":
            self._members = json_members(self._opened)
            return self._members
        if self._opened.format == "parquet":
            return parquet_fields(self._opened)
        first, second = self._first_records()
        if self._source.has_header:
            self._require_header(first)
            self._trailing = 0 if any(second[len(first) :]) else len(second[len(first) :])
            return first
        named = self._source.columns
        if named is None:
            return [""] * len(first)
        if len(first) < len(named) or any(first[len(named) :]):
            raise BullionError(
                f"{self.shown} has {len(first)} fields in its first record, but its source has "
                f"{len(named)} columns."
            )
        self._trailing = len(first) - len(named)
        return list(named)

    def _first_records(self) -> tuple[list[str], list[str]]:
        source = self._source
        if self._opened.format == "xlsx":
            from bullion.ingest.reading.xlsx_reader import xlsx_rows

            found = xlsx_rows(self._opened, source.sheet, 2, source.skip_lines)
            rows = [[value or "" for value in values] for _, values in found]
            rows += [[], []]
            return rows[0], rows[1]
        first, second = first_lines(self._opened, source.skip_lines)
        self._delimiter = source.delimiter or sniff_delimiter(first, ())
        return split_line(first, self._delimiter), split_line(second, self._delimiter)

    def _require_header(self, fields: Sequence[str]) -> None:
        """A record that is taken for a header is lost: refuse it unless the mapping says it."""
        values = [field for field in fields if looks_like_value(field)]
        if values and self._source.header is None:
            raise BullionError(
                f"{self.shown}: its first line looks like a record, not like a header (it holds "
                f"'{printable(values[0])}'): say header: false at its source, or skip_lines, or "
                "header: true if it is one."
            )

    def _require_keys_that_fit(self) -> None:
        source, kind = self._source, self._opened.format
        only = {
            "delimiter": ("csv",),
            "encoding": ("csv", "json"),
            "header": ("csv", "xlsx"),
            "columns": ("csv", "xlsx"),
            "skip_lines": ("csv", "xlsx"),
            "sheet": ("xlsx",),
        }
        for key, kinds in only.items():
            if getattr(source, key) and kind not in kinds:
                raise BullionError(f"{self.shown} is {_KINDS[kind]}: {key} says nothing of it.")


_KINDS = {"csv": "delimited text", "json": "JSON", "parquet": "Parquet", "xlsx": "a workbook"}


def distinct_names(fields: Sequence[str]) -> list[str]:
    """Names that SQL can tell apart: one that stands again gets a number, a blank its position."""
    seen = {ROW, FILE}
    names = []
    for position, field in enumerate(fields, start=1):
        name = wanted = field.strip() or f"column{position}"
        number = 2
        while name.lower() in seen:
            name = f"{wanted}_{number}"
            number += 1
        seen.add(name.lower())
        names.append(name)
    return names


def find_files(sources: dict[str, SourceFile], path: Path) -> dict[str, list[Path]]:
    """The files of each source, in the order of their names.

    Raises BullionError where a source has none, or where two would read the same one.
    """
    if not path.is_dir():
        if len(sources) > 1:
            raise BullionError(
                f"{shown_name(path)} is one file, but the mapping has {len(sources)} sources "
                f"({', '.join(sources)}): give the folder that holds their files."
            )
        return {name: [path] for name in sources}
    listed = sorted(each for each in path.iterdir() if not each.is_dir())
    found = {name: _files_of(source, path, listed) for name, source in sources.items()}
    taken: dict[tuple[Path, str | None], str] = {}
    for name, files in found.items():
        for file in files:
            other = taken.setdefault((file, sources[name].sheet), name)
            if other != name:
                raise BullionError(
                    f"{shown_name(file)} would be read by two sources, {other} and {name}: a file "
                    "is read by one, and a SELECT may read a source as often as it likes."
                )
    return found


def _files_of(source: SourceFile, folder: Path, listed: Sequence[Path]) -> list[Path]:
    wanted = source.file.lower()
    is_pattern = _WILD.search(wanted) is not None
    found = [
        each
        for each in listed
        for name in [each.name.lower()]
        if (name == wanted or uncompressed_name(name) == wanted)
        or (
            (is_pattern and not name.startswith("."))
            and (fnmatch(name, wanted) or fnmatch(uncompressed_name(name), wanted))
        )
    ]
    if not found:
        raise BullionError(
            f"{printable(str(folder / source.file))} is not there: give the folder that holds it."
        )
    if len(found) > 1 and not is_pattern:
        raise BullionError(
            f"{' and '.join(map(shown_name, found))} are both there: keep one of them."
        )
    return found


def _listed(names: Sequence[str]) -> str:
    shown = [printable(name) for name in names[:_NAMES_SHOWN]]
    more = len(names) - _NAMES_SHOWN
    return ", ".join(shown) + (f" and {more} more" if more > 0 else "")
