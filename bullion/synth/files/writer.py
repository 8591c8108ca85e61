"""Writing extracts: canonical CSV (or Parquet) made in parts by workers, joined in order.

A worker renders the rows of one block into part files; the parent appends the parts in block
order, so the bytes of a file do not depend on the number of workers. Canonical CSV is that of
the loader's straight path: comma, LF, UTF-8, minimal double quotes, empty = null, booleans
true/false, ``YYYY-MM-DD HH:MM:SS``; every value is plain text from Arrow's own casts.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet as pq

from bullion.synth.files.columns import plain

ROWS_AT_ONCE = 65_536
_STRUCTURAL = '[,"\r\n]'
_OPTIONS = pa.csv.WriteOptions(include_header=False, quoting_style="none", batch_size=4096)


def header(names: Iterable[str]) -> bytes:
    """The header line of a canonical CSV file."""
    return (",".join(names) + "\n").encode()


def _quoted(column: pa.ChunkedArray) -> pa.Array:
    values = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    values = plain(values)
    if not pa.types.is_string(values.type):
        return values.cast(pa.string())
    needs = pc.match_substring_regex(values, _STRUCTURAL)
    if not pc.any(needs).as_py():
        return values
    doubled = pc.replace_substring(values, '"', '""')
    return pc.if_else(needs, pc.binary_join_element_wise('"', doubled, '"', ""), values)


def _render_quoted(table: pa.Table) -> bytes:
    lines = pc.binary_join_element_wise(
        *[_quoted(column) for column in table.columns],
        ",",
        null_handling="replace",
        null_replacement="",
    )
    return "".join(line + "\n" for line in lines.to_pylist()).encode()


def csv_pieces(table: pa.Table) -> Iterator[bytes | pa.Buffer]:
    """The rows of a table as canonical CSV, without the header, some ten thousand at a time."""
    for start in range(0, table.num_rows, ROWS_AT_ONCE):
        piece = table.slice(start, ROWS_AT_ONCE)
        buffer = pa.BufferOutputStream()
        try:
            pa.csv.write_csv(piece, buffer, _OPTIONS)
        except pa.ArrowInvalid:  # a text holds a comma, a quote or a line break
            yield _render_quoted(piece)
        else:
            yield buffer.getvalue()


def write_part(path: Path, table: pa.Table, file_format: str) -> None:
    """Write one block's rows of one file into a part file."""
    if file_format == "csv":
        with path.open("wb") as sink:
            for piece in csv_pieces(table):
                sink.write(piece)
        return
    flat = pa.table({name: _flat(table[name]) for name in table.column_names})
    with pa.ipc.new_file(path, flat.schema, options=pa.ipc.IpcWriteOptions(compression="lz4")) as f:
        f.write_table(flat, max_chunksize=ROWS_AT_ONCE)


def _flat(column: pa.ChunkedArray) -> pa.ChunkedArray:
    if pa.types.is_dictionary(column.type):
        return column.cast(column.type.value_type)
    return column


def append_csv(target: Path, part: Path) -> None:
    """Append a CSV part to its file and remove the part."""
    with target.open("ab") as sink, part.open("rb") as source:
        shutil.copyfileobj(source, sink, 1 << 20)
    part.unlink()


def join_parquet(target: Path, parts: list[Path]) -> None:
    """Join Arrow parts, in the order given, into one Parquet file and remove them."""
    writer = None
    for part in parts:
        with pa.memory_map(str(part)) as source:
            reader = pa.ipc.open_file(source)
            writer = writer or pq.ParquetWriter(target, reader.schema, compression="zstd")
            for number in range(reader.num_record_batches):
                writer.write_batch(reader.get_batch(number))
        part.unlink()
    if writer:
        writer.close()


def replace_folder(made: Path, target: Path) -> None:
    """Put a finished folder in its place; what was there before goes only afterwards."""
    if target.exists():
        old = target.with_name(f".{target.name}.replaced-{os.getpid()}")
        target.rename(old)
        made.rename(target)
        shutil.rmtree(old)
    else:
        made.rename(target)
