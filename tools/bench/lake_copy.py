"""PostgreSQL's bronze as a lake, batch by batch, so that every engine builds from the same rows."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import psycopg
import pyarrow as pa
from psycopg import sql
from pyarrow import csv as arrow_csv

from bullion.ingest.lake.folder import AUDIT_SCHEMAS, Lake, all_schemas, parquet_writer


def copy_to_lake(connection: psycopg.Connection[Any], folder: Path) -> None:
    """Write every batch that the lake has not yet; it is made where it is missing."""
    lake = Lake(folder)
    lake.ensure()
    for name, schema in all_schemas().items():
        number = "batch_id" if name in AUDIT_SCHEMAS else "_batch_id"
        query = sql.SQL("select distinct {} from bronze.{} order by 1").format(
            sql.Identifier(number), sql.Identifier(name)
        )
        for (batch_id,) in connection.execute(query).fetchall():
            file = lake.path(name, batch_id)
            if not file.exists():
                _copy(connection, name, schema, number, batch_id, file)


def _copy(
    connection: psycopg.Connection[Any],
    name: str,
    schema: pa.Schema,
    number: str,
    batch_id: int,
    file: Path,
) -> None:
    query = sql.SQL("copy (select {} from bronze.{} where {} = {}) to stdout (format csv)").format(
        sql.SQL(", ").join(map(sql.Identifier, schema.names)),
        sql.Identifier(name),
        sql.Identifier(number),
        sql.Literal(batch_id),
    )
    with tempfile.NamedTemporaryFile(dir=file.parents[1], suffix=".csv") as rows:
        with connection.cursor().copy(query) as copy:
            for block in copy:
                rows.write(block)
        rows.flush()
        reader = arrow_csv.open_csv(
            rows.name,
            arrow_csv.ReadOptions(column_names=schema.names, block_size=16 << 20),
            arrow_csv.ParseOptions(newlines_in_values=True),
            arrow_csv.ConvertOptions(
                column_types=schema,
                null_values=[""],
                true_values=["t"],
                false_values=["f"],
                strings_can_be_null=True,
                quoted_strings_can_be_null=False,
            ),
        )
        with parquet_writer(file, schema) as writer:
            for batch in reader:
                writer.write_batch(batch)
