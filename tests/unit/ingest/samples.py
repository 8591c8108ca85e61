"""Bytes of one small table in every format and compression that is read."""

from __future__ import annotations

import bz2
import csv
import gzip
import io
import json
import lzma
import zipfile
from collections.abc import Callable, Sequence

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq

Rows = Sequence[Sequence[str | None]]


def as_csv(
    names: Sequence[str], rows: Rows, delimiter: str = ",", end: str = "\n", quote_all: bool = False
) -> str:
    buffer = io.StringIO()
    writer = csv.writer(
        buffer,
        delimiter=delimiter,
        lineterminator=end,
        quoting=csv.QUOTE_ALL if quote_all else csv.QUOTE_MINIMAL,
    )
    writer.writerow(names)
    writer.writerows(rows)
    return buffer.getvalue()


def as_json_lines(names: Sequence[str], rows: Rows, end: str = "\n") -> str:
    return "".join(
        json.dumps(dict(zip(names, row, strict=True)), ensure_ascii=False) + end for row in rows
    )


def as_json_array(names: Sequence[str], rows: Rows, indent: int | None = 1) -> str:
    records = [dict(zip(names, row, strict=True)) for row in rows]
    return json.dumps(records, indent=indent)


def as_parquet(names: Sequence[str], rows: Rows) -> bytes:
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(names)
    table = pa.table(
        {name: pa.array(values, pa.string()) for name, values in zip(names, columns, strict=True)}
    )
    buffer = io.BytesIO()
    pq.write_table(table, buffer)
    return buffer.getvalue()


def as_xlsx(names: Sequence[str], rows: Rows) -> bytes:
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    sheet.append(list(names))
    for row in rows:
        sheet.append(list(row))
    buffer = io.BytesIO()
    workbook.save(buffer)
    return buffer.getvalue()


def as_zip(data: bytes, name: str = "inside.csv") -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, data)
    return buffer.getvalue()


COMPRESSIONS: dict[str, Callable[[bytes], bytes]] = {
    "": lambda data: data,
    ".gz": lambda data: gzip.compress(data, mtime=0),
    ".bz2": bz2.compress,
    ".xz": lzma.compress,
    ".zst": lambda data: pa.Codec("zstd").compress(data, asbytes=True),
    ".zip": as_zip,
}
