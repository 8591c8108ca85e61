"""Excel workbooks (.xlsx) to record batches of text: what the cells hold, exactly.

Excel keeps numbers as binary fractions and shows fifteen digits of them: that many are read. A
whole number has no decimal point; where its format is zeros only (``00000``), the zeros that are
shown are read. Of a formula the value is read that Excel has kept.
"""

from __future__ import annotations

import itertools
import json
import warnings
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, time
from decimal import Decimal
from typing import Any
from xml.etree.ElementTree import ParseError

import openpyxl
import pyarrow as pa

from bullion.ingest.checking.rejects import Reject
from bullion.ingest.reading.batch import RawBatch
from bullion.ingest.reading.compression import DAMAGE, MAX_RATIO
from bullion.ingest.reading.header import header_notes, match_header
from bullion.ingest.reading.json_reader import RECORDS_PER_BATCH
from bullion.ingest.reading.refused import RejectedFileError
from bullion.ingest.reading.source import Source
from bullion.ingest.reading.table_reader import TableReader
from bullion.printing import printable

# Beyond this, what the parts of a workbook grow to is looked at.
_EXPANDED_BYTES = 1 << 28
# Shared text is held in memory.
_TEXT_BYTES = 1 << 29
_DAMAGE = (*DAMAGE, KeyError, IndexError, TypeError, AttributeError, ParseError, AssertionError)
_FORMULA = "{} holds a formula whose value was not saved: open the workbook, save it, send that."


class XlsxReader(TableReader):
    """Reads the columns of a table from the one sheet of a workbook that has data.

    Where several have, the one named as the table is read.
    """

    def batches(self) -> Iterator[RawBatch]:
        """All rows that are not empty, below the first of them, which is the header."""
        with _Workbook(self._source) as workbook:
            sheet = workbook.sheet_with_data(self._table.name)
            rows = workbook.rows(sheet)
            _, first = next(rows, (0, []))
            header = match_header(self._table, [name or "" for name in first], self._source.name)
            self.notes += header_notes(header.extra, header.missing)
            yield from _batches(rows, header.names)
        if self._on_bytes is not None:
            self._on_bytes(self._source.size)


class PlainXlsxReader:
    """Reads all columns of a sheet, by the names given to them."""

    def __init__(
        self, source: Source, names: Sequence[str], sheet: str | None, skip: int, has_header: bool
    ) -> None:
        self.notes: list[str] = []
        self._source = source
        self._names = names
        self._sheet = sheet
        self._skip = skip
        self._has_header = has_header

    def content_hash(self) -> str:
        """SHA-256 of the file's bytes."""
        return self._source.content_hash()

    def batches(self) -> Iterator[RawBatch]:
        """All rows that are not empty, without the header and what is skipped."""
        with _Workbook(self._source) as workbook:
            rows = workbook.rows(self._sheet or workbook.sheet_with_data(), self._skip)
            if self._has_header:
                next(rows, None)
            yield from _batches(rows, self._names)


def xlsx_rows(
    source: Source, sheet: str | None, count: int, skip: int = 0
) -> list[tuple[int, list[str | None]]]:
    """The first rows of a sheet that are not empty, after those that are skipped, by number."""
    with _Workbook(source) as workbook:
        rows = workbook.rows(sheet or workbook.sheet_with_data(), skip)
        return list(itertools.islice(rows, count))


# The number of the row in its sheet, and its cells as text.
_Row = tuple[int, list[str | None]]


class _Unsaved(str):
    """What stands in a cell whose formula has no value."""


def _batches(rows: Iterator[_Row], names: Sequence[str]) -> Iterator[RawBatch]:
    batch = _Batch(names)
    for ordinal, (number, values) in enumerate(rows, start=1):
        batch.add(ordinal, number, values)
        if batch.size == RECORDS_PER_BATCH:
            yield batch.finish()
            batch = _Batch(names)
    if batch.size:
        yield batch.finish()


class _Batch:
    def __init__(self, names: Sequence[str]) -> None:
        self.size = 0
        self._names = names
        self._places: list[tuple[int, str]] = []
        self._ordinals: list[int] = []
        self._rows: list[list[str | None]] = []
        self._rejects: list[Reject] = []

    def add(self, ordinal: int, number: int, values: list[str | None]) -> None:
        self.size += 1
        width = len(self._names)
        shown = json.dumps([value or "" for value in values], ensure_ascii=False)
        unsaved = next((at for at, one in enumerate(values) if isinstance(one, _Unsaved)), None)
        kind = reason = ""
        if unsaved is not None and unsaved < width:
            kind, reason = "formula", _FORMULA.format(self._names[unsaved])
        elif any(values[width:]):
            kind, reason = "fields", f"The row has a value beyond the header's {width} columns."
        if reason:
            self._rejects.append(Reject(ordinal, number, None, kind, shown, reason))
            return
        self._rows.append(values[:width] + [None] * (width - len(values)))
        self._ordinals.append(ordinal)
        self._places.append((number, shown))

    def finish(self) -> RawBatch:
        columns = {
            name: pa.array([row[at] for row in self._rows], pa.string())
            for at, name in enumerate(self._names)
            if not name.startswith("extra:")
        }
        return RawBatch(
            columns,
            pa.array(self._ordinals, pa.int64()),
            lambda positions: [self._places[position] for position in positions],
            self._rejects,
        )


class _Workbook:
    """A workbook that is read row by row; what it raises is a RejectedFileError."""

    def __init__(self, source: Source) -> None:
        self._source = source

    def __enter__(self) -> _Workbook:
        self._file = self._source.open()
        try:
            with self._understood():
                self._require_bounded()
                self._values = self._open(data_only=True)
        except BaseException:
            self._file.close()
            raise
        return self

    def __exit__(self, *exc: object) -> None:
        self._values.close()
        self._file.close()

    def sheet_with_data(self, wanted: str | None = None) -> str:
        """The one sheet that holds anything, or of several the one named as wanted."""
        with self._understood():
            filled = [
                sheet.title for sheet in self._values.worksheets if self._has_rows(sheet.title)
            ]
        if not filled:
            raise RejectedFileError("empty", f"{self._source.name} has no sheet with data.")
        named = [title for title in filled if title.lower() == wanted]
        if len(filled) > 1 and not named:
            raise RejectedFileError(
                "header",
                f"{self._source.name} has {len(filled)} sheets with data "
                f"({', '.join(map(printable, filled))}): keep one, or name one as its table.",
            )
        return (named or filled)[0]

    def rows(self, title: str, skip: int = 0) -> Iterator[_Row]:
        """The rows of a sheet that are not empty, after the first ``skip`` of its rows."""
        with self._understood():
            if title not in self._values.sheetnames:
                raise RejectedFileError(
                    "header",
                    f"{self._source.name} has no sheet {title}: it has "
                    f"{', '.join(map(printable, self._values.sheetnames))}.",
                )
            sheet = self._values[title]
            sheet.reset_dimensions()
            formulas: Iterator[Any] | None = None
            if self._has_formulas():
                sheet_of_formulas = self._open(data_only=False)[title]
                sheet_of_formulas.reset_dimensions()
                formulas = sheet_of_formulas.iter_rows()
            for number, row in enumerate(sheet.iter_rows(), start=1):
                written = next(formulas, ()) if formulas is not None else ()
                if number <= skip:
                    continue
                values = [_text(cell) for cell in row]
                for at, cell in enumerate(written):
                    if cell.data_type == "f" and (at >= len(values) or values[at] is None):
                        values += [None] * (at + 1 - len(values))
                        values[at] = _Unsaved(cell.value)
                while values and values[-1] is None:
                    values.pop()
                if values:
                    yield number, values

    def _has_rows(self, title: str) -> bool:
        return next(self.rows(title), None) is not None

    def _open(self, data_only: bool) -> Any:
        with warnings.catch_warnings():
            # Of parts that hold no data: styles, validations, pictures.
            warnings.simplefilter("ignore")
            return openpyxl.load_workbook(
                self._file, read_only=True, data_only=data_only, keep_links=False
            )

    def _has_formulas(self) -> bool:
        archive = zipfile.ZipFile(self._file)
        for member in archive.infolist():
            if not member.filename.startswith("xl/worksheets/"):
                continue
            before = b""
            with archive.open(member) as part:
                while data := part.read(1 << 20):
                    text = before + data
                    if b"<f>" in text or b"<f " in text:
                        return True
                    before = data[-2:]
        return False

    def _require_bounded(self) -> None:
        """Refuse what grows without measure: the sizes that a zip declares are never exceeded."""
        members = zipfile.ZipFile(self._file).infolist()
        size = sum(member.file_size for member in members)
        text = sum(m.file_size for m in members if m.filename.endswith("sharedStrings.xml"))
        is_bomb = size > _EXPANDED_BYTES and size > MAX_RATIO * self._source.size
        if is_bomb or text > _TEXT_BYTES:
            raise RejectedFileError(
                "binary",
                f"{self._source.name} is too large for a workbook ({size >> 20:,} MB unpacked): "
                "export CSV.",
            )

    @contextmanager
    def _understood(self) -> Iterator[None]:
        try:
            yield
        except _DAMAGE as error:
            raise RejectedFileError(
                "binary",
                f"{self._source.name} is a workbook that cannot be read (damaged?): "
                "open it and save it again, or export CSV.",
            ) from error


def _text(cell: Any) -> str | None:
    """What a cell holds, as text; None where it is empty."""
    value = cell.value
    if value is None or value == "":
        return None
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return _number(value, cell.number_format or "")
    if isinstance(value, datetime):
        return str(value.date()) if value.time() == time() else value.isoformat(" ")
    return str(value)


def _number(value: float, form: str) -> str:
    """The fifteen digits that Excel shows, without an exponent; zeros as its format shows them."""
    if isinstance(value, int):
        text = str(value)
    elif not abs(value) < float("inf"):
        return str(value)
    else:
        text = f"{Decimal(format(value, '.15g')):f}"
        text = text.rstrip("0").rstrip(".") if "." in text else text
    is_padded = len(form) > 1 and not form.strip("0") and text.isdigit()
    return text.zfill(len(form)) if is_padded else text
