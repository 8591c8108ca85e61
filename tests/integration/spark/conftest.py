"""One bank in PostgreSQL and in the lake, for all the tests of the module."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from bullion.engines.spark import cluster
from tests.support.pipeline import Warehouse
from tests.support.spark import SparkProcess


@pytest.fixture(scope="module")
def warehouse(module_database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warehouse]:
    """A fresh database, a lake beside it, and Spark's tables in the server's home."""
    folder: Path = tmp_path_factory.mktemp("spark")
    yield Warehouse(module_database, folder / "dbt")
    cluster.stop(module_database.server.home)


@pytest.fixture
def own_warehouse(database, tmp_path: Path, spark: SparkProcess) -> Iterator[Warehouse]:
    """The same for one test, which starts with nothing on Spark."""
    forget_tables(spark)
    yield Warehouse(database, tmp_path / "dbt")
    forget_tables(spark)


def forget_tables(spark: SparkProcess) -> None:
    """Take away all of Spark's tables."""
    spark.close()
    shutil.rmtree(spark.home / "spark", ignore_errors=True)
