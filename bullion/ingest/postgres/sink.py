"""Typed batches into a bronze table, by COPY."""

from __future__ import annotations

import contextlib
import io
from typing import Any

import psycopg
import pyarrow as pa
from pyarrow import csv as arrow_csv

from bullion.contract import Table
from bullion.errors import BullionError
from bullion.ingest.postgres.ddl import bronze_schema
from bullion.ingest.postgres.straight import copy_writer


class PostgresSink:
    """One COPY into a bronze table, inside the open batch; the transaction decides its fate."""

    def __init__(self, connection: psycopg.Connection[Any], table: Table) -> None:
        self._cursor = connection.cursor()
        columns = ", ".join([*table.column_names, "_source_row", "_op"])
        self._manager = self._cursor.copy(
            f"copy {bronze_schema()}.{table.name} ({columns}) from stdin with (format csv)",
            writer=copy_writer(self._cursor),
        )
        self._copy = self._manager.__enter__()
        self._table = table
        self._is_open = True

    def write(self, rows: pa.Table) -> None:
        """Send some rows."""
        buffer = io.BytesIO()
        arrow_csv.write_csv(rows, buffer, arrow_csv.WriteOptions(include_header=False))
        self._copy.write(buffer.getvalue())

    def finish(self) -> int:
        """End the COPY; raises BullionError when PostgreSQL refuses a row after all."""
        self._is_open = False
        try:
            self._manager.__exit__(None, None, None)
        except (psycopg.DataError, psycopg.IntegrityError) as error:
            message = " ".join(str(error).split())
            raise BullionError(
                f"PostgreSQL refused a row of {self._table.name} that passed the checks: {message}"
            ) from error
        return self._cursor.rowcount

    def abandon(self) -> None:
        """Break the COPY off."""
        if self._is_open:
            self._is_open = False
            error = psycopg.errors.QueryCanceled("load given up")
            with contextlib.suppress(psycopg.Error):
                self._manager.__exit__(type(error), error, None)
