"""A build of a past instant equals the build made that day, and leaves today's gold alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.integration.standing.conftest import Standing
from tests.support.extracts import delete, read_rows, upsert, write_rows
from tests.support.parity import DuckDBSide, PostgresSide, assert_equal, compare
from tests.support.pipeline import INCREMENTS, Warehouse

pytestmark = pytest.mark.timeout(1800)

GOLD = ("gold", "gold_pii")


def _later_extract(first: Path, folder: Path) -> Path:
    """The next day: a move, a correction, a delete, a decided alert, a payment made, a new row."""
    customers = read_rows(first / "customers.csv")
    write_rows(folder, "customers", [upsert(customers[0], state="WY", city="Cheyenne")])
    transactions = read_rows(first / "transactions.csv")
    write_rows(
        folder,
        "transactions",
        [
            upsert(transactions[0], amount="-0.01"),
            delete(transactions[1], "transaction_id"),
            upsert(
                transactions[0], transaction_id="NEXT-DAY", transaction_at="2025-07-01 10:00:00"
            ),
        ],
    )
    applications = read_rows(first / "credit_applications.csv")
    pending = [row for row in applications if row["decision"] == "Pending"][:1]
    if pending:
        write_rows(
            folder,
            "credit_applications",
            [upsert(pending[0], decision="Declined", decision_date="2025-07-01")],
        )
    return folder


def test_past_instant_is_what_was_built_that_day(
    warehouse: Warehouse, standing: Standing, tmp_path: Path
) -> None:
    """DuckDB has what stood that day: its file is of before the later extract."""
    warehouse.load(_later_extract(standing.first, tmp_path / "2025-07-01"))
    warehouse.build(*INCREMENTS)
    today = warehouse.digests(GOLD)
    warehouse.build("--vars", "{as_of: 2025-06-30}")
    that_day = DuckDBSide(warehouse.duckdb, GOLD, name="that day")
    with warehouse.database.connect() as connection:
        now = compare(PostgresSide(connection, GOLD), that_day)
        assert now.differences, "the later extract changed nothing, so the test shows nothing"
        as_of = PostgresSide(connection, GOLD, "_asof", name="as of it")
        assert_equal(as_of, that_day, "that day and as of it")
    assert warehouse.digests(GOLD) == today
