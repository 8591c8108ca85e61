"""How one file is laid out: table, header, delimiter, and the reader that fits."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from bullion.contract import Table
from bullion.errors import BullionError
from bullion.ingest.checking.checks import Checker
from bullion.ingest.checking.values import ValueFormat
from bullion.ingest.discovery import end_of_day, latest_extract
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

    def reader_of(self, columns: Collection[str]) -> Reader:
        """A reader of some columns, for a look ahead."""
        if self.source.format != "csv":
            return self.reader()
        assert self.header is not None
        names = [
            name if name in columns else f"extra:{ordinal}"
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


@dataclass(frozen=True)
class NewestEvent:
    """The newest moment that a file tells of: the column that it stands in, and how many values of
    such columns lie later than any extract can (they are passed over).
    """

    at: datetime
    column: str
    later: int


def newest_event(layout: Layout, style: ValueFormat) -> NewestEvent:
    """The newest moment in a file's columns of what has happened (a day counts to its end).

    The table's event time is among them, also where it is planned. Raises BullionError when the
    table has none or no value can be read.
    """
    path: Path = layout.source.path
    contract = layout.table
    advice = "say when it was extracted with --extracted-at, or put it in a folder named by date"
    if contract.event_time is None:
        raise BullionError(f"{path.name}: {contract.name} has no event time; {advice}.")
    names = dict.fromkeys([contract.event_time, *contract.past_columns])
    if layout.header is not None:
        names = dict.fromkeys(name for name in names if name in layout.header.names)
    columns = tuple(replace(contract.column(name), required=False) for name in names)
    checker = Checker(Table(contract.name, (), columns), style)
    limit = latest_extract()
    found: list[tuple[datetime, str]] = []
    later = 0
    for batch in layout.reader_of(list(names)).batches() if names else ():
        rows, _ = checker.check(batch)
        for name in names:
            moments = rows[name].cast(pa.timestamp("us"))
            is_later = pc.greater(moments, pa.scalar(limit, pa.timestamp("us")))
            later += pc.sum(is_later).as_py() or 0
            newest = pc.max(moments.filter(pc.invert(is_later))).as_py()
            if newest is not None:
                is_day = contract.column(name).type == "date"
                at = end_of_day(newest.date()) if is_day else newest.replace(microsecond=0)
                found.append((at, name))
    if not found:
        wanted = " or ".join([contract.event_time, *contract.past_columns][:2])
        raise BullionError(f"{path.name}: no {wanted} can be read in it; {advice}.")
    # Of equal ones the first in the contract's order.
    at = max(moment for moment, _ in found)
    return NewestEvent(at, next(name for moment, name in found if moment == at), later)
