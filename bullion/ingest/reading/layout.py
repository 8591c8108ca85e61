"""How one file is laid out: table, header, delimiter, and the reader that fits."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import pyarrow as pa
import pyarrow.compute as pc

from bullion.contract import Table
from bullion.errors import BullionError
from bullion.ingest.checking.checks import Checker
from bullion.ingest.checking.values import ValueFormat
from bullion.ingest.discovery import end_of_day, latest_extract
from bullion.ingest.reading.batch import Reader
from bullion.ingest.reading.blocks import BlockCutter
from bullion.ingest.reading.csv_reader import BEYOND, EXTRA, CsvReader
from bullion.ingest.reading.header import (
    OPERATION,
    Header,
    delimiter_from_option,
    header_notes,
    match_header,
    sniff_delimiter,
    split_line,
    trailing_fields,
)
from bullion.ingest.reading.json_reader import JsonReader
from bullion.ingest.reading.parquet_reader import ParquetReader
from bullion.ingest.reading.source import ByteStream, Source

_HEADER_BYTES = 1 << 16


@dataclass(frozen=True)
class Layout:
    """A file and its table; what follows them only for delimited text.

    ``trailing``: how many empty fields each record has past the header's last.
    """

    source: Source
    table: Table
    header: Header | None = None
    delimiter: str = ","
    trailing: int = 0

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
        if self.source.format == "json":
            return JsonReader(self.source, self.table, on_bytes)
        if self.source.format == "xlsx":
            # openpyxl takes a while to be imported.
            from bullion.ingest.reading.xlsx_reader import XlsxReader

            return XlsxReader(self.source, self.table, on_bytes)
        assert self.header is not None
        return self._csv_reader(self.header.names, on_bytes)

    def reader_of(self, columns: Collection[str]) -> Reader:
        """A reader of some columns, for a look ahead."""
        if self.source.format != "csv":
            return self.reader()
        assert self.header is not None
        names = [
            name if name in columns else f"{EXTRA}{ordinal}"
            for ordinal, name in enumerate(self.header.names)
        ]
        return self._csv_reader(names, None)

    def _csv_reader(
        self, names: Sequence[str], on_bytes: Callable[[int], None] | None
    ) -> CsvReader:
        fields = [*names, *(f"{BEYOND}{number}" for number in range(self.trailing))]
        reader = CsvReader(self.source, lambda _: (self.delimiter, fields), on_bytes)
        reader.notes += self.notes
        return reader


def read_layout(source: Source, table: Table, delimiter: str | None = None) -> Layout:
    """Look at the file's header; raises RejectedFileError when a required column is not there."""
    if source.format != "csv":
        return Layout(source, table)
    line, record = first_lines(source)
    wanted = [*table.column_names, OPERATION]
    chosen = delimiter_from_option(delimiter) if delimiter else sniff_delimiter(line, wanted)
    fields = split_line(line, chosen)
    header = match_header(table, fields, source.name)
    return Layout(source, table, header, chosen, trailing_fields(record, chosen, len(fields)))


def first_lines(source: Source, skip_lines: int = 0) -> tuple[str, str]:
    """The first two lines of delimited text that are not empty, after those that are skipped."""
    with ByteStream(source) as stream:
        cutter = BlockCutter(stream, _HEADER_BYTES)
        cutter.skip_lines(skip_lines)
        first, second = cutter.first_line(), cutter.first_line()
    return first.decode("utf-8", "replace"), second.decode("utf-8", "replace")


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
    file_name = layout.source.name
    contract = layout.table
    advice = "say when it was extracted with --extracted-at, or put it in a folder named by date"
    if contract.event_time is None:
        raise BullionError(f"{file_name}: {contract.name} has no event time; {advice}.")
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
        raise BullionError(f"{file_name}: no {wanted} can be read in it; {advice}.")
    # Of equal ones the first in the contract's order.
    at = max(moment for moment, _ in found)
    return NewestEvent(at, next(name for moment, name in found if moment == at), later)
