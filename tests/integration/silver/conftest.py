"""Silver over an empty bronze."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bullion.ingest.ddl import ensure_bronze
from tests.conftest import Database
from tests.support.silver import Silver


def over_empty_bronze(database: Database, state: Path, environment: pytest.MonkeyPatch) -> Silver:
    """Lead dbt to the database and make its raw tables."""
    for name, value in database.settings.child_environ().items():
        environment.setenv(name, value)
    with database.connect() as connection:
        ensure_bronze(connection)
    return Silver(database, state)


@pytest.fixture
def silver(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Silver:
    """Silver of a database for one test."""
    return over_empty_bronze(database, tmp_path / "dbt", monkeypatch)


@pytest.fixture(scope="module")
def module_silver(
    module_database: Database, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Silver]:
    """Silver of a database for all the tests of a module."""
    with pytest.MonkeyPatch.context() as environment:
        yield over_empty_bronze(module_database, tmp_path_factory.mktemp("dbt"), environment)
