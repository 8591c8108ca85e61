"""Batches in PostgreSQL: one transaction a file, its fate is the batch's."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import psycopg

from bullion.contract import Table
from bullion.ingest.checking.rejects import RejectLog
from bullion.ingest.destination import Batch, Counts, DestinationError, OnBytes, ReadPath, Sink
from bullion.ingest.keys import Repeats
from bullion.ingest.postgres import audit
from bullion.ingest.postgres.ddl import bronze_schema, say_holders
from bullion.ingest.postgres.sink import PostgresSink
from bullion.ingest.postgres.straight import NotStraightError, can_go_straight, copy_straight
from bullion.ingest.reading.layout import Layout
from bullion.sessions.locks import LockHeldError


class PostgresDestination:
    """Bronze of one database; the connection is in autocommit mode and bronze is there."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self._connection = connection

    @property
    def rejects_place(self) -> str:
        """The table of rejected records."""
        return f"{bronze_schema()}.rejected_rows"

    @contextmanager
    def batch(
        self, table: Table, source_file: str, extracted_at: datetime, is_full_extract: bool
    ) -> Iterator[PostgresBatch]:
        """See :meth:`Destination.batch <bullion.ingest.destination.Destination.batch>`."""
        try:
            with (
                say_holders(self._connection, bronze_schema(), [table.name]),
                self._connection.transaction(),
            ):
                batch = audit.open_batch(
                    self._connection, table, source_file, extracted_at, is_full_extract
                )
                yield PostgresBatch(self._connection, batch)
        except psycopg.Error as error:
            raise self._trouble(source_file, error) from error
        except LockHeldError as error:
            raise DestinationError(f"{error} Nothing of {source_file} was loaded.") from error

    def newest_extract(self, table: Table) -> datetime | None:
        """The latest extract time of the table."""
        try:
            with self._connection.transaction():
                return audit.newest_extract(self._connection, table)
        except psycopg.Error as error:
            raise self._trouble(table.name, error) from error

    def _trouble(self, name: str, error: psycopg.Error) -> DestinationError:
        text = " ".join(str(error).split())
        if self._connection.closed:
            return DestinationError(
                f"The server was lost while loading {name} ({text}): nothing of that file was "
                "loaded; start the server and give the same command again."
            )
        return DestinationError(
            f"PostgreSQL could not load {name} ({text}): nothing of that file was loaded."
        )


class PostgresBatch:
    """An open batch; see :class:`bullion.ingest.destination.OpenBatch`."""

    def __init__(self, connection: psycopg.Connection[Any], batch: Batch) -> None:
        self.batch = batch
        self._connection = connection

    def has_extract(self) -> bool:
        """Whether any file of the table has this extract time."""
        return audit.has_extract(self._connection, self.batch.table, self.batch.extracted_at)

    def loaded_before(self, content_hash: str) -> int | None:
        """Batch in which the same bytes came for the same table and extract time, or None."""
        return audit.loaded_before(
            self._connection, self.batch.table, content_hash, self.batch.extracted_at
        )

    def copy_straight(self, layout: Layout, on_bytes: OnBytes | None) -> tuple[Counts, str] | None:
        """COPY the file as it is, under a savepoint; None where it is not clean and canonical."""
        if layout.header is None or not can_go_straight(layout.source, layout.header):
            return None
        try:
            with self._connection.transaction():
                return copy_straight(
                    self._connection,
                    layout.source,
                    layout.table,
                    layout.header,
                    layout.delimiter,
                    on_bytes,
                )
        except NotStraightError:
            return None

    def sink(self) -> Sink:
        """A COPY of the batch's checked rows."""
        return PostgresSink(self._connection, self.batch.table)

    def repeats(self) -> Repeats:
        """The keys that stand more than once among the rows of the batch."""
        return audit.repeats(self._connection, self.batch)

    def delete_absent(self) -> int:
        """Delete rows for keys that a full extract no longer holds; returns how many were made."""
        return audit.delete_absent(self._connection, self.batch)

    def close(
        self,
        counts: Counts,
        rejects: RejectLog,
        content_hash: str,
        read_path: ReadPath,
        started_at: datetime,
    ) -> None:
        """Write audit row, control totals and rejects in the open transaction."""
        audit.close_batch(
            self._connection, self.batch, counts, rejects, content_hash, read_path, started_at
        )
