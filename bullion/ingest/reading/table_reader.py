"""What readers of a table's columns from one file of their kind have in common."""

from __future__ import annotations

from collections.abc import Callable

from bullion.contract import Table
from bullion.ingest.reading.source import Source


class TableReader:
    """A file, the table whose columns are read from it, and what there is to tell of it."""

    def __init__(
        self, source: Source, table: Table, on_bytes: Callable[[int], None] | None = None
    ) -> None:
        self.notes: list[str] = []
        self._source = source
        self._table = table
        self._on_bytes = on_bytes

    def content_hash(self) -> str:
        """SHA-256 of the file's bytes."""
        return self._source.content_hash()
