"""A build of a past instant equals the build made that day, and leaves today's gold alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from bullion.synth.bank import generate
from tests.support.extracts import delete, read_rows, upsert, write_rows
from tests.support.pipeline import INCREMENTS, Warehouse

GOLD = ("gold", "gold_pii")


def _later_extract(first: Path, folder: Path) -> Path:
    """The next day: a move, a correction, a delete, a decided alert, a payment made, a new row."""
    customers = read_rows(first / "customers.csv")
    write_rows(folder, "customers", [upsert(customers[0], state="WY", city="Cheyenne")])
    transactions = read_rows(first / "transactions.csv")
    newest = transactions[-1]
    write_rows(
        folder,
        "transactions",
        [
            upsert(transactions[0], amount="-0.01"),
            delete(transactions[1], "transaction_id"),
            upsert(newest, transaction_id="NEXT-DAY", transaction_at="2025-07-01 10:00:00"),
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


@pytest.mark.timeout(300)
def test_past_instant_is_what_was_built_that_day(warehouse: Warehouse, tmp_path: Path) -> None:
    bank = generate(tmp_path / "bank", customers=60, start="2025-01-01", end="2025-06-30", seed=8)
    warehouse.load(bank.extracts[0])
    warehouse.build()
    that_day = warehouse.digests(GOLD)
    with warehouse.saved() as copy:
        warehouse.load(_later_extract(bank.extracts[0], tmp_path / "2025-07-01"))
        warehouse.build(*INCREMENTS)
        today = warehouse.digests(GOLD)
        assert today != that_day, "the later extract changed nothing, so the test shows nothing"

        warehouse.build("--vars", "{as_of: 2025-06-30}")
        warehouse.assert_same_as(copy, "that day and as of it", GOLD, suffix="_asof")
    assert warehouse.digests(GOLD) == today
