"""Silver over an empty bronze."""

from __future__ import annotations

from pathlib import Path

import pytest

from bullion.ingest.postgres.ddl import ensure_bronze
from tests.conftest import Database
from tests.support.silver import Silver


@pytest.fixture
def silver(database: Database, tmp_path: Path) -> Silver:
    """Silver of a database for one test."""
    with database.connect() as connection:
        ensure_bronze(connection)
    return Silver(database, tmp_path / "dbt")
