"""How one file is laid out: table, header, delimiter, and the reader that fits."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path

import pyarrow.compute as pc

from bullion.contract import Table
from bullion.errors import BullionError
from bullion.ingest.checking.checks import Checker
from bullion.ingest.checking.values import ValueFormat
from bullion.ingest.discovery import end_of_day
from bullion.ingest.reading.batch import Reader
from bullion.ingest.reading.blocks import BlockCutter
from bullion.ingest.reading.csv_reader import CsvReader
from bullion.ingest.reading.header import (
    OPERATION,
    Header,
    delimiter_from_option,
    match_header,
    sniff_delimiter,
    split_line,
)
from bullion.ingest.reading.other_readers import JsonLinesReader, ParquetReader, header_notes
from bullion.ingest.reading.source import ByteStream, Source

_HEADER_BYTES = 1 << 16


@dataclass(frozen=True)
class Layout:
    """A file and its table; ``header`` and ``delimiter`` only for delimited text."""

    source: Source
    table: Table
    header: Header | None = None
    delimiter: str = ","

    @property
    def notes(self) -> list[str]:
        """What to tell the user about columns that are kept out or not there."""
        return [] if self.header is None else header_notes(self.header.extra, self.header.missing)

    def with_source(self, source: Source) -> Layout:
        """The same layout with another encoding."""
        return replace(self, source=source)

    def reader(self, on_bytes: Callable[[int], None] | None = None) -> Reader:
        """The reader of the whole file."""
        if self.source.format == "parquet":
            return ParquetReader(self.source, self.table, on_bytes)
        if self.source.format == "jsonl":
            return JsonLinesReader(self.source, self.table, on_bytes)
        assert self.header is not None
        return self._csv_reader(self.header.names, on_bytes)

    def reader_of(self, column: str) -> Reader:
        """A reader of one column, for a look ahead."""
        if self.source.format != "csv":
            return self.reader()
        assert self.header is not None
        names = [
            name if name == column else f"extra:{ordinal}"
            for ordinal, name in enumerate(self.header.names)
        ]
        return self._csv_reader(names, None)

    def _csv_reader(
        self, names: Sequence[str], on_bytes: Callable[[int], None] | None
    ) -> CsvReader:
        reader = CsvReader(self.source, lambda _: (self.delimiter, names), on_bytes)
        reader.notes += self.notes
        return reader


def read_layout(source: Source, table: Table, delimiter: str | None = None) -> Layout:
    """Look at the file's header; raises RejectedFileError when a required column is not there."""
    if source.format != "csv":
        return Layout(source, table)
    with ByteStream(source) as stream:
        line = BlockCutter(stream, _HEADER_BYTES).first_line().decode("utf-8", "replace")
    wanted = [*table.column_names, OPERATION]
    chosen = delimiter_from_option(delimiter) if delimiter else sniff_delimiter(line, wanted)
    header = match_header(table, split_line(line, chosen), source.path.name)
    return Layout(source, table, header, chosen)


def newest_event(layout: Layout, style: ValueFormat) -> datetime:
    """The newest event time in the file (a day counts to its end), from a pass over that column.

    Raises BullionError when the table has none or no value can be read.
    """
    path: Path = layout.source.path
    name = layout.table.event_time
    advice = "say when it was extracted with --extracted-at, or put it in a folder named by date"
    if name is None:
        raise BullionError(f"{path.name}: {layout.table.name} has no event time; {advice}.")
    column = replace(layout.table.column(name), required=False)
    checker = Checker(Table(layout.table.name, (), (column,)), style)
    newest: datetime | date | None = None
    if layout.header is None or name in layout.header.names:
        for batch in layout.reader_of(name).batches():
            rows, _ = checker.check(batch)
            value = pc.max(rows[name]).as_py()
            if value is not None and (newest is None or value > newest):
                newest = value
    if newest is None:
        raise BullionError(f"{path.name}: no {name} can be read in it; {advice}.")
    if isinstance(newest, datetime):
        return newest.replace(microsecond=0)
    return end_of_day(newest)
