"""One bank in PostgreSQL and in the lake, for all the tests of the module."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bullion.spark import cluster
from tests.support.pipeline import Warehouse


@pytest.fixture(scope="module")
def warehouse(module_database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warehouse]:
    """A fresh database, a lake beside it, and Spark's tables in the server's home."""
    folder: Path = tmp_path_factory.mktemp("spark")
    yield Warehouse(module_database, folder / "dbt")
    cluster.stop(module_database.server.home)
