"""DuckDB holds the rows of PostgreSQL: of banks that others made, of a larger one, after kills (and
of the story's bank, in every run)."""

from __future__ import annotations

import random
import time
from pathlib import Path

import pytest

from bullion.paths import PROJECT_DIR
from bullion.synth.bank import generate
from tests.support.parity import DuckDBSide, PostgresSide, assert_equal
from tests.support.pipeline import Warehouse

DATA = PROJECT_DIR.parent / "shared" / "data"


def _build_both(warehouse: Warehouse, step: str) -> None:
    warehouse.build()
    warehouse.build(engine="duckdb")
    with warehouse.database.connect() as connection:
        compared = assert_equal(PostgresSide(connection), DuckDBSide(warehouse.duckdb), step)
    # Shown by pytest -rP.
    print(f"{step}: {compared} are equal")


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
