"""Batches in a Parquet lake: staged, then renamed, the audit's file last."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from bullion.contract import Table
from bullion.ingest.checking.checks import DELETE
from bullion.ingest.checking.rejects import RejectLog
from bullion.ingest.destination import Batch, Counts, OnBytes, ReadPath, Sink
from bullion.ingest.keys import Repeats, repeats_of, repeats_sql
from bullion.ingest.lake.folder import (
    AUDIT,
    AUDIT_SCHEMAS,
    REJECTS,
    TOTALS,
    Lake,
    LoadedBatch,
    parquet_writer,
    publish,
    table_schema,
    write_rows,
)
from bullion.ingest.reading.layout import Layout

ROW_GROUP_ROWS = 250_000
_REJECTS_PER_WRITE = 10_000


class LakeDestination:
    """The tables of a lake, which ``Lake.ensure`` has made."""

    def __init__(self, lake: Lake) -> None:
        self._lake = lake

    @property
    def rejects_place(self) -> str:
        """The folder of rejected records."""
        return str(self._lake.folder / REJECTS)

    @contextmanager
    def batch(
        self, table: Table, source_file: str, extracted_at: datetime, is_full_extract: bool
    ) -> Iterator[LakeBatch]:
        """See :meth:`Destination.batch <bullion.ingest.destination.Destination.batch>`."""
        with self._lake.lock():
            with self._lake.trouble(f"opening a batch for {source_file}"):
                number = self._lake.draw_batch_id()
            batch = Batch(number, table, source_file, extracted_at, is_full_extract)
            opened = LakeBatch(self._lake, batch)
            try:
                yield opened
            except BaseException:
                opened.discard()
                raise
            with self._lake.trouble(f"keeping {source_file}"):
                opened.publish()

    def newest_extract(self, table: Table) -> datetime | None:
        """The latest extract time of the table."""
        times = [batch.extracted_at for batch in self._lake.loaded_batches(table.name)]
        return max(times, default=None)


class LakeBatch:
    """An open batch; see :class:`bullion.ingest.destination.OpenBatch`."""

    def __init__(self, lake: Lake, batch: Batch) -> None:
        self.batch = batch
        self._lake = lake
        self._loaded_at = _now()
        self._earlier = lake.loaded_batches(batch.table.name)
        self._staged: dict[str, Path] = {}

    def has_extract(self) -> bool:
        """Whether any file of the table has this extract time."""
        return any(batch.extracted_at == self.batch.extracted_at for batch in self._earlier)

    def loaded_before(self, content_hash: str) -> int | None:
        """Batch in which the same bytes came for the same table and extract time, or None."""
        for batch in self._earlier:
            if (batch.content_hash, batch.extracted_at) == (content_hash, self.batch.extracted_at):
                return batch.batch_id
        return None

    def copy_straight(
        self, _layout: Layout, _on_bytes: OnBytes | None
    ) -> tuple[Counts, str] | None:
        """Never: a column store needs typed columns, which the checking reader makes."""
        return None

    def sink(self) -> Sink:
        """A Parquet file of the batch's checked rows."""
        with self._trouble():
            return LakeSink(self._lake, self.batch, self._loaded_at, self._stage())

    def repeats(self) -> Repeats:
        """The keys that stand more than once among the rows of the batch."""
        table = self.batch.table
        with (
            self._trouble(),
            tempfile.TemporaryDirectory(dir=self._lake.staging) as folder,
            duckdb.connect(config={"threads": 2, "temp_directory": folder}) as database,
        ):
            database.read_parquet(str(self._staged[table.name])).create_view("stored")
            found = database.execute(repeats_sql(table, "stored", "true")).fetchone()
        return repeats_of(table, found)

    def delete_absent(self) -> int:
        """Delete rows for keys that a full extract no longer holds; returns how many were made."""
        later = [
            batch
            for batch in self._earlier
            if batch.is_full_extract and batch.extracted_at > self.batch.extracted_at
        ]
        extracts = sorted(later, key=lambda batch: (batch.extracted_at, batch.batch_id))
        if self.batch.is_full_extract:
            extracts.insert(0, _as_loaded(self.batch))
        if not extracts:
            return 0
        name = self.batch.table.name
        files = [self._lake.path(name, batch.batch_id) for batch in self._earlier]
        with self._trouble():
            staged = self._staged[name]
            with tempfile.TemporaryDirectory(dir=self._lake.staging) as folder:
                rows = _absent_keys(self.batch, extracts, [*files, staged], folder)
            if rows.num_rows:
                self._append(staged, rows)
        return rows.num_rows

    def close(
        self,
        counts: Counts,
        rejects: RejectLog,
        content_hash: str,
        read_path: ReadPath,
        started_at: datetime,
    ) -> None:
        """Stage audit row, control totals and rejects."""
        batch = self.batch
        with self._trouble():
            if len(rejects):
                self._write_rejects(rejects)
            if counts.totals:
                totals = [
                    {
                        "batch_id": batch.number,
                        "column_name": name,
                        "total": total,
                        "loaded_total": loaded,
                    }
                    for name, total, loaded in counts.control_totals()
                ]
                write_rows(self._stage(TOTALS), AUDIT_SCHEMAS[TOTALS], totals)
            audit = {
                "batch_id": batch.number,
                "table_name": batch.table.name,
                "source_file": batch.source_file,
                "content_hash": content_hash,
                "extracted_at": batch.extracted_at,
                "started_at": started_at,
                "finished_at": _now(),
                "rows_read": counts.rows_read,
                "rows_loaded": counts.rows_loaded,
                "rows_rejected": counts.rows_rejected,
                "deletes": counts.deletes,
                "absence_deletes": counts.absence_deletes,
                "is_full_extract": batch.is_full_extract,
                "status": "loaded",
                "read_path": read_path,
                "keys_repeated": counts.repeats.keys,
                "rows_identical": counts.repeats.identical,
                "values_rounded": counts.values_rounded,
            }
            write_rows(self._stage(AUDIT), AUDIT_SCHEMAS[AUDIT], [audit])

    def publish(self) -> None:
        """Rename the staged files to where readers look; the audit's, by which it counts, last."""
        assert list(self._staged)[-1] == AUDIT, "a batch is published before it is closed"
        for name, staged in self._staged.items():
            publish(staged, self._lake.path(name, self.batch.number))

    def discard(self) -> None:
        """Remove what is staged."""
        for staged in self._staged.values():
            staged.unlink(missing_ok=True)

    def _trouble(self) -> Any:
        return self._lake.trouble(f"loading {self.batch.source_file}")

    def _stage(self, name: str | None = None) -> Path:
        name = name or self.batch.table.name
        self._staged[name] = self._lake.staging / f"{name}.parquet"
        return self._staged[name]

    def _append(self, staged: Path, rows: pa.Table) -> None:
        """Write the staged file anew with more rows at its end."""
        longer = staged.with_suffix(".longer")
        schema = table_schema(self.batch.table)
        with pq.ParquetFile(staged) as file, parquet_writer(longer, schema) as writer:
            for group in range(file.num_row_groups):
                writer.write_table(file.read_row_group(group).cast(schema))
            writer.write_table(_as_schema(rows, schema, self.batch, self._loaded_at))
        longer.replace(staged)

    def _write_rejects(self, rejects: RejectLog) -> None:
        schema = AUDIT_SCHEMAS[REJECTS]
        with parquet_writer(self._stage(REJECTS), schema) as writer:
            rows = []
            for source_row, source_line, column_name, kind, raw_text, reason in rejects.rows():
                # Empty is null, as it is for PostgreSQL's COPY.
                rows.append(
                    {
                        "batch_id": self.batch.number,
                        "table_name": self.batch.table.name,
                        "source_file": self.batch.source_file,
                        "source_row": int(source_row),
                        "source_line": int(source_line) if source_line else None,
                        "column_name": column_name or None,
                        "kind": kind,
                        "raw_text": raw_text or None,
                        "reason": reason,
                    }
                )
                if len(rows) == _REJECTS_PER_WRITE:
                    writer.write_table(pa.Table.from_pylist(rows, schema))
                    rows = []
            writer.write_table(pa.Table.from_pylist(rows, schema))


class LakeSink:
    """Writes one batch's rows to a staged file, in row groups of a size that readers like."""

    def __init__(self, lake: Lake, batch: Batch, loaded_at: datetime, path: Path) -> None:
        self._lake = lake
        self._batch = batch
        self._loaded_at = loaded_at
        self._schema = table_schema(batch.table)
        self._writer = parquet_writer(path, self._schema)
        self._waiting: list[pa.Table] = []
        self._waiting_rows = 0
        self._written = 0

    def write(self, rows: pa.Table) -> None:
        """Keep some rows, and write a row group when there are enough."""
        self._waiting.append(rows)
        self._waiting_rows += rows.num_rows
        if self._waiting_rows >= ROW_GROUP_ROWS:
            self._flush()

    def finish(self) -> int:
        """Write the rest and end the file; returns the number of rows in it."""
        self._flush()
        with self._trouble():
            self._writer.close()
        return self._written

    def abandon(self) -> None:
        """End the file; the batch discards it."""
        with suppress(OSError):
            self._writer.close()

    def _flush(self) -> None:
        if not self._waiting:
            return
        rows = _as_schema(
            pa.concat_tables(self._waiting), self._schema, self._batch, self._loaded_at
        )
        with self._trouble():
            self._writer.write_table(rows)
        self._written += rows.num_rows
        self._waiting, self._waiting_rows = [], 0

    def _trouble(self) -> Any:
        return self._lake.trouble(f"loading {self._batch.source_file}")


def _as_schema(rows: pa.Table, schema: pa.Schema, batch: Batch, loaded_at: datetime) -> pa.Table:
    """The rows with all columns of the table: what they lack is the batch's, or null."""
    of_batch = {
        "_batch_id": batch.number,
        "_extracted_at": batch.extracted_at,
        "_loaded_at": loaded_at,
        "_source_file": batch.source_file,
    }
    columns = [
        rows[field.name].cast(field.type)
        if field.name in rows.column_names
        else pa.repeat(pa.scalar(of_batch.get(field.name), field.type), rows.num_rows)
        for field in schema
    ]
    return pa.Table.from_arrays(columns, schema=schema)


def _absent_keys(
    batch: Batch, extracts: list[LoadedBatch], files: list[Path], temporary_folder: str
) -> pa.Table:
    """The delete rows' key, ``_extracted_at``, ``_source_file``, ``_source_row`` and ``_op``."""
    key = ", ".join(batch.table.key)
    same = " and ".join(f"present.{name} = alive.{name}" for name in batch.table.key)
    own = f"{key}, _extracted_at, _source_file, _source_row, _op"
    with duckdb.connect(config={"threads": 2, "temp_directory": temporary_folder}) as database:
        database.read_parquet([str(file) for file in files]).create_view("stored")
        database.execute(f"create table made as select {own} from stored limit 0")
        for extract in extracts:
            database.execute(
                f"""
                insert into made
                select {key}, $at, $file,
                    -((select count(*) from made) + row_number() over (order by {key})), $op
                from (
                    select distinct on ({key}) {key}, _op
                    from (
                        select {own}, _batch_id from stored
                        union all
                        select {own}, $batch from made
                    )
                    where _extracted_at <= $at
                    order by {key}, _extracted_at desc, _source_file desc, _source_row desc,
                        _batch_id desc
                ) as alive
                where _op = 'upsert' and not exists (
                    select 1 from stored as present
                    where present._batch_id = $extract and present._source_row > 0 and {same}
                )
                """,
                {
                    "at": extract.extracted_at,
                    "file": extract.source_file,
                    "op": DELETE,
                    "batch": batch.number,
                    "extract": extract.batch_id,
                },
            )
        return database.sql("select * from made order by _source_row desc").to_arrow_table()


def _as_loaded(batch: Batch) -> LoadedBatch:
    return LoadedBatch(
        batch_id=batch.number,
        table_name=batch.table.name,
        source_file=batch.source_file,
        content_hash="",
        extracted_at=batch.extracted_at,
        is_full_extract=True,
    )


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)
