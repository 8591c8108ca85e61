"""A bank without a row: every model builds, every test holds, and nothing is made up."""

from __future__ import annotations

from pathlib import Path

import pytest

from bullion.contract import load_contract
from tests.support.pipeline import Warehouse


@pytest.mark.timeout(1200)
def test_everything_builds_on_nothing(warehouse: Warehouse, tmp_path: Path) -> None:
    extract = tmp_path / "2025-12-31"
    extract.mkdir()
    for name, table in load_contract().items():
        header = ",".join(column.name for column in table.columns)
        (extract / f"{name}.csv").write_text(header + "\n", encoding="utf-8")
    warehouse.load(extract)
    warehouse.build("--exclude", "test_type:unit", verb="build")
    database = warehouse.database
    assert database.rows(
        "select period, customer_count, active_rate, customer_count_change_rate"
        " from gold.analytics_customer_overview order by period_rank"
    ) == [(period, 0, None, None) for period in ("current", "prior_30_days", "prior_year")]
    # Where nobody lives in a state of the United States, its states are not listed.
    assert database.value("select count(*) from gold.analytics_customer_by_geography") == 0
    # Nothing attempted: counts of zero, and no estimate.
    assert database.rows(
        "select scored_attempt_count, fraud_count, estimate, standard_error, p_value"
        " from gold.analytics_fraud_detection_accuracy_evaluation"
    ) == [(0, 0, None, None, None)]
