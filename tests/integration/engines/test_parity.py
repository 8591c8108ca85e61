"""DuckDB holds the rows of PostgreSQL: whole, by increments in any order, of a past instant."""

from __future__ import annotations

import random
import time
from pathlib import Path

import pytest

from bullion.paths import PROJECT_DIR
from bullion.synth.bank import generate
from tests.support.parity import DuckDBSide, PostgresSide, assert_equal
from tests.support.pipeline import INCREMENTS, Warehouse
from tests.support.sequences import random_steps

IN_EVERY_RUN = 1
SLOW = 6
DATA = PROJECT_DIR.parent / "shared" / "data"


def _build_both(warehouse: Warehouse, step: str, *arguments: str, suffix: str = "") -> None:
    warehouse.build(*arguments)
    warehouse.build(*arguments, engine="duckdb")
    with warehouse.database.connect() as connection:
        there = PostgresSide(connection, suffix=suffix)
        compared = assert_equal(there, DuckDBSide(warehouse.duckdb, suffix=suffix), step)
    # Shown by pytest -rP.
    print(f"{step}: {compared} are equal")


@pytest.mark.timeout(1800)
@pytest.mark.parametrize(
    "seed",
    [
        pytest.param(seed, marks=() if seed <= IN_EVERY_RUN else pytest.mark.slow)
        for seed in range(1, SLOW + 1)
    ],
)
def test_duckdb_equals_postgres(warehouse: Warehouse, tmp_path: Path, seed: int) -> None:
    """What is built by increments, after each of them, and at the end everything; the slow seeds
    build a past instant as well, then everything anew with dbt's own tests."""
    is_slow = seed > IN_EVERY_RUN
    dice = random.Random(seed)
    bank = generate(
        tmp_path / "bank",
        customers=60,
        start="2025-01-01",
        end="2025-06-30",
        seed=seed,
        deltas=1,
        faults=True,
    )
    to_both = ["--max-rejected", "1", "--lake", str(warehouse.lake), "--postgres"]
    for number, group in enumerate(random_steps(bank, tmp_path / "more", dice)):
        for extract in group:
            warehouse.load(extract, options=to_both)
        names = ", ".join(extract.name for extract in group)
        _build_both(warehouse, f"seed {seed}, step {number} ({names})", *INCREMENTS)
    if is_slow:
        past = ("--vars", "{as_of: 2025-05-31}")
        _build_both(warehouse, "past", *past, *INCREMENTS, suffix="_asof")
    warehouse.build()
    if is_slow:
        without = ("--exclude-resource-type", "unit_test")
        warehouse.build("--full-refresh", *without, verb="build", engine="duckdb")
    else:
        warehouse.build_apart(engine="duckdb")
    with warehouse.database.connect() as connection:
        assert_equal(PostgresSide(connection), DuckDBSide(warehouse.duckdb), "everything")


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.skipif(not DATA.is_dir(), reason=f"the third-party files are not there ({DATA})")
@pytest.mark.parametrize("source", ["berka", "finance_project", "fintech_flat"])
def test_third_party_banks_are_equal(warehouse: Warehouse, source: str) -> None:
    to_both = ["--from", source, "--lake", str(warehouse.lake), "--postgres"]
    warehouse.load(DATA / source, options=to_both)
    _build_both(warehouse, source)


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_larger_bank_is_equal(warehouse: Warehouse, tmp_path: Path) -> None:
    """More rows than fit into one of DuckDB's row groups: no order may be left to chance."""
    bank = generate(
        tmp_path / "bank", customers=2000, start="2024-01-01", end="2025-06-30", seed=77, deltas=1
    )
    for extract in bank.extracts:
        warehouse.load(extract, options=["--lake", str(warehouse.lake), "--postgres"])
        _build_both(warehouse, extract.name)


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("seed", range(3))
def test_duckdb_killed_in_mid_build(warehouse: Warehouse, tmp_path: Path, seed: int) -> None:
    """A killed build, whole or incremental, leaves nothing that the next one does not mend."""
    dice = random.Random(seed)
    bank = generate(
        tmp_path / "bank", customers=60, start="2025-01-01", end="2025-06-30", seed=21, deltas=2
    )
    for extract in bank.extracts:
        warehouse.load(extract, options=["--lake", str(warehouse.lake), "--postgres"])
        for _ in range(2):
            started = warehouse.start_build(engine="duckdb")
            time.sleep(dice.uniform(3.0, 12.0))
            started.kill()
            started.wait()
        warehouse.build(engine="duckdb")
    warehouse.build()
    with warehouse.database.connect() as connection:
        assert_equal(PostgresSide(connection), DuckDBSide(warehouse.duckdb), f"seed {seed}")
