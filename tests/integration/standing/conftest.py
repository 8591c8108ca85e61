"""A bank that is built once on PostgreSQL and DuckDB, and copied for each test that changes it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from bullion.synth.bank import generate
from tests.conftest import Server, fresh_database
from tests.support.parity import DuckDBSide
from tests.support.pipeline import STATISTICS, Warehouse


@dataclass
class Standing:
    """A warehouse of a bank's first extract, all but statistics built, and the second extract."""

    warehouse: Warehouse
    first: Path
    second: Path


@pytest.fixture(scope="session")
def standing(pg: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Standing]:
    """For copying only."""
    folder = tmp_path_factory.mktemp("standing")
    bank = generate(
        folder / "bank",
        customers=60,
        start="2025-01-01",
        end="2025-06-30",
        seed=3,
        deltas=1,
        faults=True,
    )
    first, second = bank.extracts
    with fresh_database(pg, is_environment=False) as database:
        warehouse = Warehouse(database, folder / "dbt", left_out=STATISTICS)
        load_both(warehouse, first)
        for engine in ("postgres", "duckdb"):
            warehouse.build(engine=engine)
        yield Standing(warehouse, first, second)


@pytest.fixture(scope="session")
def both_anew(standing: Standing) -> DuckDBSide:
    """What DuckDB, which has the rows of PostgreSQL (the story), makes of both extracts from
    nothing."""
    other = standing.warehouse.with_new_file("both", lake="both/lake")
    shutil.copytree(standing.warehouse.lake, other.lake)
    other.load(standing.second, options=["--max-rejected", "1", "--lake", str(other.lake)])
    other.build(engine="duckdb")
    return DuckDBSide(other.duckdb, name="a build of nothing")


@pytest.fixture
def warehouse(standing: Standing, pg: Server, tmp_path: Path) -> Iterator[Warehouse]:
    """A copy of it, to which the environment leads."""
    template = standing.warehouse
    with fresh_database(pg, template=template.name) as database:
        copy = template.copied(database, tmp_path / "dbt")
        shutil.copytree(template.lake, copy.lake)
        shutil.copy(template.duckdb, copy.duckdb)
        yield copy


def load_both(warehouse: Warehouse, *paths: Path) -> None:
    """Into PostgreSQL and the lake; bad records are no reason to refuse a file."""
    options = ["--max-rejected", "1", "--lake", str(warehouse.lake), "--postgres"]
    warehouse.load(*paths, options=options)
