"""Loads of small files into a fresh bronze."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from bullion.ingest.discovery import plan_load
from bullion.ingest.loader import FileOutcome, LoadOptions, load_file
from bullion.ingest.postgres.ddl import ensure_bronze
from bullion.ingest.postgres.destination import PostgresDestination
from tests.conftest import Database


class Bronze:
    """A fresh bronze and a folder to write files for it."""

    def __init__(self, connection: psycopg.Connection[Any], folder: Path) -> None:
        self.connection = connection
        self.folder = folder

    def write(self, name: str, content: str | bytes) -> Path:
        """Write a file such as ``2024-01-31/accounts.csv``."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def load(self, name: str, content: str | bytes | None = None, **options: Any) -> FileOutcome:
        """Write (unless it is there) and load one file."""
        path = self.folder / name if content is None else self.write(name, content)
        [task] = plan_load([path]).tasks
        return load_file(PostgresDestination(self.connection), task, LoadOptions(**options))

    def rows(self, query: str, *parameters: Any) -> list[tuple[Any, ...]]:
        return self.connection.execute(query, parameters or None).fetchall()

    def value(self, query: str, *parameters: Any) -> Any:
        [[value]] = self.rows(query, *parameters)
        return value


@pytest.fixture
def bronze(database: Database, tmp_path: Path) -> Iterator[Bronze]:
    with database.connect(autocommit=True) as connection:
        ensure_bronze(connection)
        yield Bronze(connection, tmp_path)
