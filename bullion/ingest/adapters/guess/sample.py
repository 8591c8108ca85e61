"""How a file is laid out, told by its beginning: what stands before its header, and its values."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bullion.errors import BullionError
from bullion.ingest.adapters.guess.values import (
    ISO,
    ColumnValues,
    column_values,
    looks_like_value,
)
from bullion.ingest.adapters.sources import distinct_names
from bullion.ingest.reading.header import DELIMITERS, split_line
from bullion.ingest.reading.json_reader import PlainJsonReader, json_members
from bullion.ingest.reading.parquet_reader import PlainParquetReader, parquet_fields
from bullion.ingest.reading.refused import shown_name
from bullion.ingest.reading.source import ByteStream, Source, detect_encoding, open_source

_SAMPLE_BYTES = 1 << 20
_RECORDS = 1_000
# Preambles of statements are short.
_HEADER_WITHIN = 60


@dataclass(frozen=True)
class Sample:
    """A file's layout as a mapping says it, and its columns by the names that SQL knows.

    ``fields`` are the columns' own names; without a header they are empty.
    """

    path: Path
    format: str
    columns: dict[str, ColumnValues]
    fields: tuple[str, ...]
    records: int
    encoding: str | None = None
    delimiter: str | None = None
    skip_lines: int = 0
    has_header: bool = True

    @property
    def decimal(self) -> str:
        """The decimal sign that its numbers show."""
        signs = {each.decimal for each in self.columns.values()}
        return "," if "," in signs else "."

    @property
    def is_decimal_doubtful(self) -> bool:
        """Whether columns differ in it."""
        return {".", ","} <= {each.decimal for each in self.columns.values()}

    @property
    def date_formats(self) -> tuple[str, ...]:
        """The formats that fit most of its columns of dates, the likeliest first."""
        counts = Counter(each.date_formats for each in self.columns.values() if each.date_formats)
        if not counts:
            return (ISO,)
        [(formats, _)] = counts.most_common(1)
        if len(formats) > 1 and self.decimal == "." and self.delimiter != ";":
            # Month first is written where the point is the decimal sign.
            return tuple(sorted(formats, key=lambda each: not each.startswith("MM")))
        return formats


def read_sample(path: Path) -> Sample:
    """Look at the beginning of a file; raises BullionError where no table can be seen in it."""
    source = detect_encoding(open_source(path))
    if source.format == "json":
        members = json_members(source)
        return _of_reader(source, members, PlainJsonReader(source, members))
    if source.format == "parquet":
        fields = parquet_fields(source)
        names = [f"c{at}" for at in range(len(fields))]
        return _of_reader(source, fields, PlainParquetReader(source, names))
    if source.format == "xlsx":
        from bullion.ingest.reading.xlsx_reader import xlsx_rows

        rows = xlsx_rows(source, None, _RECORDS)
        return _of_rows(source, [values for _, values in rows], [at - 1 for at, _ in rows], None)
    return _of_text(source)


def _of_reader(
    source: Source, fields: Sequence[str], reader: PlainJsonReader | PlainParquetReader
) -> Sample:
    batch = next(reader.batches(), None)
    if batch is None or not fields:
        raise BullionError(f"{shown_name(source.path)} has no record to learn from.")
    arrays = [array.slice(0, _RECORDS).to_pylist() for array in batch.columns.values()]
    names = distinct_names(fields)
    columns = {name: column_values(values) for name, values in zip(names, arrays, strict=True)}
    return Sample(source.path, source.format, columns, tuple(fields), len(arrays[0]))


def _of_text(source: Source) -> Sample:
    with ByteStream(source) as stream:
        data = b""
        while len(data) < _SAMPLE_BYTES and (chunk := stream.read()):
            data += chunk
        is_whole = len(data) < _SAMPLE_BYTES
    lines = data.decode("utf-8", "replace").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    lines = lines if is_whole else lines[:-1]
    best: tuple[float, str, list[list[str]]] | None = None
    for delimiter in DELIMITERS:
        rows = [split_line(line, delimiter) for line in lines[:_RECORDS]]
        score = _regularity(rows)
        if best is None or score > best[0]:
            best = score, delimiter, rows
    assert best is not None
    score, delimiter, rows = best
    if score == 0:
        raise BullionError(
            f"{shown_name(source.path)} has no delimiter (, ; | or tab) that parts its lines into "
            "fields: is it a table?"
        )
    return _of_rows(source, rows, list(range(len(rows))), delimiter)


def _regularity(rows: Sequence[Sequence[str]]) -> float:
    """How many lines have the same number of fields, times that number."""
    counts = Counter(len(row) for row in rows if len(row) > 1)
    return max((count * width for width, count in counts.items()), default=0)


def _of_rows(
    source: Source,
    rows: Sequence[Sequence[str | None]],
    before: Sequence[int],
    delimiter: str | None,
) -> Sample:
    """The sample of rows; ``before`` says how many lines stand before each."""
    filled = [[value or "" for value in row] for row in rows]
    counts = Counter(len(row) for row in filled if len(row) > 1)
    if not counts:
        raise BullionError(f"{shown_name(source.path)} has no row of several fields.")
    width = max(counts, key=lambda each: counts[each] * each)
    wide = [at for at, row in enumerate(filled) if len(row) == width]
    header = next((at for at in wide[:_HEADER_WITHIN] if _is_header(filled[at])), None)
    if header is None:
        # A trailing delimiter ends each record but the header.
        header = next(
            (
                at
                for at, row in enumerate(filled[: wide[0]])
                if len(row) == width - 1 and _is_header(row) and not filled[wide[0]][-1]
            ),
            None,
        )
    first = wide[0] if header is None else header
    fields = [""] * width if header is None else filled[first]
    records = [
        row for row in filled[first + (header is not None) :] if len(row) in (len(fields), width)
    ]
    if not records:
        raise BullionError(f"{shown_name(source.path)} has no record to learn from.")
    names = distinct_names(fields)
    columns = {
        name: column_values([row[at] if at < len(row) else None for row in records])
        for at, name in enumerate(names)
    }
    is_detected = source.encoding != "utf-8" and not source.encoding.startswith("utf-16")
    return Sample(
        source.path,
        source.format,
        columns,
        tuple(fields),
        len(records),
        source.encoding if is_detected else None,
        delimiter,
        before[first],
        header is not None,
    )


def _is_header(fields: Sequence[str]) -> bool:
    """Names: most of them given, no two the same, none a number or a date."""
    given = [field.strip() for field in fields if field.strip()]
    return (
        len(given) > 0.6 * len(fields)
        and len({each.lower() for each in given}) > 0.7 * len(given)
        and not any(map(looks_like_value, given))
        and all(len(each) <= 80 for each in given)
    )
