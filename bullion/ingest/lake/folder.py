"""The Parquet lake: a folder a table, a file a batch, and the record of each load.

``<lake>/<table>/<batch number, 12 digits>.parquet`` holds one batch's rows with the columns of
bronze in PostgreSQL; ``load_audit``, ``load_control_totals`` and ``rejected_rows`` are folders of
the same kind. Each folder also holds a file 000000000000 without rows, so that a table in which
nothing has arrived has its columns and types.

A batch counts once its file in ``load_audit`` is there, which is renamed into place last; the next
load removes what a killed one has left. Numbers are never drawn twice, so nothing that was left
can be taken for part of a later batch.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.dataset
import pyarrow.parquet as pq

from bullion.contract import Table, load_contract
from bullion.errors import BullionError
from bullion.ingest.checking.values import ARROW_TYPES
from bullion.ingest.destination import DestinationError
from bullion.ingest.migration import Migration, migration, refuse
from bullion.locks import locked

_MOMENT = pa.timestamp("us")
_METADATA_TYPES = {
    "_batch_id": pa.int64(),
    "_extracted_at": _MOMENT,
    "_loaded_at": _MOMENT,
    "_source_file": pa.string(),
    "_source_row": pa.int64(),
    "_op": pa.string(),
}
_POSTGRES_TYPES = {
    pa.string(): "text",
    pa.date32(): "date",
    _MOMENT: "timestamp",
    pa.int32(): "integer",
    pa.int64(): "bigint",
    pa.bool_(): "boolean",
}
AUDIT, TOTALS, REJECTS = "load_audit", "load_control_totals", "rejected_rows"
# As in PostgreSQL (bullion.ingest.postgres.ddl), column by column.
AUDIT_SCHEMAS = {
    AUDIT: pa.schema(
        {
            "batch_id": pa.int64(),
            "table_name": pa.string(),
            "source_file": pa.string(),
            "content_hash": pa.string(),
            "extracted_at": _MOMENT,
            "started_at": _MOMENT,
            "finished_at": _MOMENT,
            "rows_read": pa.int64(),
            "rows_loaded": pa.int64(),
            "rows_rejected": pa.int64(),
            "deletes": pa.int64(),
            "absence_deletes": pa.int64(),
            "is_full_extract": pa.bool_(),
            "status": pa.string(),
            "read_path": pa.string(),
            "keys_repeated": pa.int64(),
            "rows_identical": pa.int64(),
            "values_rounded": pa.int64(),
        }
    ),
    TOTALS: pa.schema(
        {
            "batch_id": pa.int64(),
            "column_name": pa.string(),
            "total": pa.decimal128(38, 18),
            "loaded_total": pa.decimal128(38, 3),
        }
    ),
    REJECTS: pa.schema(
        {
            "batch_id": pa.int64(),
            "table_name": pa.string(),
            "source_file": pa.string(),
            "source_row": pa.int64(),
            "source_line": pa.int64(),
            "column_name": pa.string(),
            "kind": pa.string(),
            "raw_text": pa.string(),
            "reason": pa.string(),
        }
    ),
}


@dataclass(frozen=True)
class LoadedBatch:
    """What later loads must know of a batch that counts."""

    batch_id: int
    table_name: str
    source_file: str
    content_hash: str
    extracted_at: datetime
    is_full_extract: bool


class Lake:
    """A lake on a file system that knows atomic renames and locks (a disk, NFS 4)."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._loaded: dict[str, LoadedBatch] = {}

    def ensure(self, contract: Mapping[str, Table] | None = None) -> list[str]:
        """Make what is missing: all tables of the contract and of the audit.

        A table that an earlier contract made follows the contract (a column added, a type widened):
        its files are written anew; returns a line for each. Raises BullionError when the folder is
        no lake, and, with nothing changed, when a table cannot follow.
        """
        with self.trouble("making the lake"):
            if not self.folder.exists():
                # The raw rows hold personal data; who else may read them is for the site to say.
                self.folder.mkdir(parents=True, mode=0o700, exist_ok=True)
            elif any(self.folder.iterdir()) and not self._lock.exists():
                raise BullionError(
                    f"{self.folder} holds other things than a lake: name a new or empty folder."
                )
            with self.lock():
                tables = contract or load_contract()
                schemas = all_schemas(tables)
                changes, missing = self._changes(tables), self._missing(schemas)
                stands = len(missing) < len(schemas)
                for name in changes:
                    self._rewrite(name, schemas[name])
                for name in missing:
                    self._make_table(name, schemas[name])
                made = [f"{self.folder / name} follows the contract: made." for name in missing]
                return [*(made if stands else []), *map(str, changes.values())]

    def follow_contract(self) -> list[str]:
        """Let the lake, where it stands, follow the contract; see :meth:`ensure`.

        Waits for no load where there is nothing to do.
        """
        is_due = self._changes(load_contract()) or self._missing(all_schemas())
        return self.ensure() if self._lock.exists() and is_due else []

    def path(self, table_name: str, batch_id: int) -> Path:
        """The file of a table and batch."""
        return self.folder / table_name / f"{batch_id:012}.parquet"

    @property
    def staging(self) -> Path:
        """Where files are written before they are renamed into their tables."""
        return self.folder / "_staging"

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Wait for the one lock of all loads of this lake; it goes with the process at latest."""
        with locked(self._lock):
            yield

    def draw_batch_id(self) -> int:
        """Under the lock: remove what a killed load has left, and take the next number."""
        last = self._last_batch_id()
        if last and not self.path(AUDIT, last).exists():
            for name in all_schemas():
                self.path(name, last).unlink(missing_ok=True)
        shutil.rmtree(self.staging, ignore_errors=True)
        self.staging.mkdir()
        staged = self.staging / "batch_id"
        staged.write_text(f"{last + 1}\n", encoding="ascii")
        publish(staged, self._counter)
        return last + 1

    def loaded_batches(self, table_name: str) -> list[LoadedBatch]:
        """The table's batches in order of their numbers."""
        self._read_audit()
        found = [batch for batch in self._loaded.values() if batch.table_name == table_name]
        return sorted(found, key=lambda batch: batch.batch_id)

    @contextmanager
    def trouble(self, doing: str) -> Iterator[None]:
        """Turn what the file system or Parquet says into DestinationError."""
        try:
            yield
        except (OSError, pa.ArrowException) as error:
            text = " ".join(str(error).split())
            raise DestinationError(
                f"The lake {self.folder} failed while {doing} ({text}): nothing of that was "
                "kept; see to its disk and give the same command again."
            ) from error

    @property
    def _lock(self) -> Path:
        # The first file of a lake.
        return self.folder / "_lock"

    @property
    def _counter(self) -> Path:
        return self.folder / "_last_batch_id"

    def _last_batch_id(self) -> int:
        """The last number drawn; from the files' names where the counter is lost."""
        with suppress(FileNotFoundError, ValueError):
            return int(self._counter.read_text(encoding="ascii"))
        names = (path.stem for path in self.folder.glob("*/*.parquet"))
        return max((int(name) for name in names if name.isdigit()), default=0)

    def _missing(self, names: Iterable[str]) -> list[str]:
        """The tables that have no file yet."""
        return [name for name in names if not self.path(name, 0).exists()]

    def _make_table(self, name: str, schema: pa.Schema) -> None:
        empty = self.path(name, 0)
        empty.parent.mkdir(exist_ok=True)
        self.staging.mkdir(exist_ok=True)
        staged = self.staging / f"{name}.parquet"
        write_rows(staged, schema, [])
        publish(staged, empty)

    def _changes(self, contract: Mapping[str, Table]) -> dict[str, Migration]:
        """By table that stands and is not as the contract says: what changes.

        A table is judged by its file without rows. Raises BullionError when one cannot follow.
        """
        changes = {}
        for name, schema in all_schemas(contract).items():
            empty = self.path(name, 0)
            if not empty.exists():
                continue
            has_rows = name in contract and len(self._files(name)) > 1
            required = [c.name for c in contract[name].columns if c.required] if has_rows else []
            standing = postgres_types(pq.read_schema(empty))
            change = migration(str(empty.parent), standing, postgres_types(schema), required)
            if change:
                changes[name] = change
        refuse(changes.values())
        return changes

    def _files(self, name: str) -> list[Path]:
        """A table's files, the one without rows last."""
        return sorted((self.folder / name).glob("*.parquet"), reverse=True)

    def _rewrite(self, name: str, schema: pa.Schema) -> None:
        """Write a table's files with other columns, all of them before any takes its place.

        The file without rows follows last: a load that is killed in between leaves the rest to the
        next.
        """
        shutil.rmtree(self.staging, ignore_errors=True)
        (self.staging / name).mkdir(parents=True)
        staged = {file: self.staging / name / file.name for file in self._files(name)}
        for file, written in staged.items():
            try:
                _write_as(file, written, schema)
            except pa.ArrowInvalid as error:
                raise BullionError(
                    f"{file} cannot follow the contract, so nothing of its table was changed "
                    f"({' '.join(str(error).split())}): keep its types, and give new ones to new "
                    "columns."
                ) from error
        for file, written in staged.items():
            publish(written, file)

    def _read_audit(self) -> None:
        """Files of the audit never change: only those not yet seen are read."""
        with self.trouble("reading its audit"):
            folder = self.folder / AUDIT
            new = [entry.name for entry in os.scandir(folder) if entry.name not in self._loaded]
            files = [str(folder / name) for name in new if name.endswith(".parquet")]
            columns = list(LoadedBatch.__dataclass_fields__)
            rows = pa.dataset.dataset(files, AUDIT_SCHEMAS[AUDIT]).to_table(columns)
        for row in rows.to_pylist():
            self._loaded[self.path(AUDIT, row["batch_id"]).name] = LoadedBatch(**row)


def table_schema(table: Table) -> pa.Schema:
    """Arrow types of a raw table: the contract's columns, then those of the batch."""
    columns = {column.name: ARROW_TYPES[column.type] for column in table.columns}
    return pa.schema(columns | _METADATA_TYPES)


def all_schemas(contract: Mapping[str, Table] | None = None) -> dict[str, pa.Schema]:
    """Every folder of a lake with its columns."""
    tables = contract or load_contract()
    return {name: table_schema(table) for name, table in tables.items()} | AUDIT_SCHEMAS


def postgres_types(schema: pa.Schema) -> dict[str, str]:
    """The columns of a schema with the types that they have in PostgreSQL."""
    return {
        field.name: f"numeric({field.type.precision},{field.type.scale})"
        if pa.types.is_decimal(field.type)
        else _POSTGRES_TYPES[field.type]
        for field in schema
    }


def parquet_writer(path: Path, schema: pa.Schema) -> pq.ParquetWriter:
    """A writer whose files DuckDB and Spark read alike.

    Decimals of up to 18 digits are stored as integers (smaller, and faster in all readers);
    timestamps have no zone; Arrow's own schema is left out, Parquet's says it all.
    """
    return pq.ParquetWriter(
        path,
        schema,
        compression="zstd",
        compression_level=1,
        store_decimal_as_integer=True,
        store_schema=False,
    )


def _write_as(file: Path, staged: Path, schema: pa.Schema) -> None:
    """Write a file anew with the columns of a schema: what it lacks is null."""
    with pq.ParquetFile(file) as source, parquet_writer(staged, schema) as writer:
        for group in range(source.num_row_groups):
            rows = source.read_row_group(group)
            columns = [
                rows[field.name].cast(field.type)
                if field.name in rows.column_names
                else pa.nulls(rows.num_rows, field.type)
                for field in schema
            ]
            writer.write_table(pa.Table.from_arrays(columns, schema=schema))


def write_rows(path: Path, schema: pa.Schema, rows: list[dict[str, Any]]) -> None:
    """Write a small file from records."""
    with parquet_writer(path, schema) as writer:
        writer.write_table(pa.Table.from_pylist(rows, schema))


def publish(staged: Path, final: Path) -> None:
    """Rename a finished file to where readers look, so that it outlives a power cut."""
    _sync(staged)
    staged.replace(final)
    _sync(final.parent)


def _sync(path: Path) -> None:
    """Wait until a file, or the names in a folder, are on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
