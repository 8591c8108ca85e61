"""The analytics layer on what it may meet beside the demo: an empty bank and third-party ones."""

from __future__ import annotations

from pathlib import Path

import pytest

from bullion.ingest.ddl import ensure_bronze
from bullion.paths import PROJECT_DIR
from tests.support.pipeline import Warehouse

DATA = PROJECT_DIR.parent / "shared" / "data"
SOURCES = ("finance_project", "berka", "fintech_flat")

pytestmark = pytest.mark.timeout(600)


@pytest.fixture
def warehouse(database, tmp_path: Path) -> Warehouse:
    """A fresh database with its own dbt state."""
    return Warehouse(database, tmp_path / "dbt")


def _build(warehouse: Warehouse) -> None:
    """Every model, then every test of the layer: its documented invariants."""
    warehouse.build()
    warehouse.build("--select", "tag:analytics", "--exclude", "test_type:unit", verb="test")


def test_an_empty_bank(warehouse: Warehouse) -> None:
    with warehouse.database.connect() as connection:
        ensure_bronze(connection)
    _build(warehouse)
    assert warehouse.database.rows(
        "select scored_attempt_count, fraud_count, estimate, standard_error, p_value"
        " from gold.analytics_fraud_detection_accuracy_evaluation"
    ) == [(0, 0, None, None, None)]


@pytest.mark.parametrize("source", SOURCES)
def test_a_third_party_bank(warehouse: Warehouse, source: str) -> None:
    if not (DATA / source).is_dir():
        pytest.skip(f"the third-party files are not there ({DATA / source})")
    warehouse.load(DATA / source, options=["--from", source])
    _build(warehouse)
