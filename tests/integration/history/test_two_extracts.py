"""A customer whose segment and city change in a later extract: from the files to the fact keys."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path

import duckdb
import pytest

from bullion.contract import table
from tests.support.dbt import changed_text
from tests.support.extracts import write_rows
from tests.support.pipeline import Warehouse

MODELS = ("--select", "+fact_transactions", "dim_customer_pii")

KEYS_TEST = ("--select", "fact_transactions_keys_as_of")

VERSIONS = """
    select customer_segment, city, valid_from::text, valid_to::text, is_current, version_number
    from gold.dim_customer where customer_id = 'C1' order by valid_from
"""
FACTS = """
    select fact_transactions.transaction_id, dim_customer.customer_segment, dim_customer.city
    from gold.fact_transactions
    join gold.dim_customer using (customer_key)
    order by 1
"""
KEYS = "select transaction_id, customer_key, account_key from gold.fact_transactions order by 1"

TWO_VERSIONS = [
    ("Affluent", "Austin", "1900-01-01 00:00:00", "2024-07-31 23:59:59", False, 1),
    ("Premium", "Dallas", "2024-07-31 23:59:59", "9999-12-31 00:00:00", True, 2),
]
POINTING_RIGHT = [
    ("T1", "Affluent", "Austin"),
    ("T2", "Affluent", "Austin"),
    ("T3", "Premium", "Dallas"),
    ("T4", "Premium", "Dallas"),
]


def _rows(table_name: str, *rows: dict[str, str]) -> list[dict[str, str]]:
    return [dict.fromkeys(table(table_name).column_names, "") | row for row in rows]


def _customer(segment: str, city: str) -> dict[str, str]:
    return {
        "customer_id": "C1",
        "first_name": "Ada",
        "signup_date": "2020-01-15",
        "customer_segment": segment,
        "city": city,
        "credit_score": "700",
    }


def _transaction(name: str, at: str) -> dict[str, str]:
    return {
        "transaction_id": name,
        "account_id": "A1",
        "customer_id": "C1",
        "transaction_at": at,
        "transaction_type": "Deposit",
        "amount": "10.00",
        "currency": "USD",
        "channel": "Online",
        "status": "Completed",
    }


@pytest.fixture
def extracts(tmp_path: Path) -> tuple[Path, Path]:
    """Two folders of extracts; the second changes the customer and brings a late transaction."""
    june, july = tmp_path / "2024-06-30", tmp_path / "2024-07-31"
    write_rows(june, "customers", _rows("customers", _customer("Affluent", "Austin")))
    account = {
        "account_id": "A1",
        "customer_id": "C1",
        "product_id": "P1",
        "account_status": "Active",
        "open_date": "2020-02-01",
        "current_balance": "0.00",
        "currency": "USD",
    }
    write_rows(june, "accounts", _rows("accounts", account))
    first = _transaction("T1", "2024-06-10 12:00:00")
    write_rows(june, "transactions", _rows("transactions", first))
    write_rows(july, "customers", _rows("customers", _customer("Premium", "Dallas")))
    later = [
        _transaction("T2", "2024-07-31 23:59:58"),
        _transaction("T3", "2024-07-31 23:59:59"),
        _transaction("T4", "2024-08-01 00:00:00"),
    ]
    write_rows(july, "transactions", _rows("transactions", *later))
    return june, july


@pytest.mark.timeout(240)
@pytest.mark.parametrize("is_reversed", [False, True], ids=["in order", "later extract first"])
def test_two_versions_and_facts_that_point_right(
    warehouse: Warehouse, extracts: tuple[Path, Path], is_reversed: bool
) -> None:
    """Two touching versions, facts on the right one, and a full refresh with the same keys."""
    for extract in reversed(extracts) if is_reversed else extracts:
        warehouse.load(extract)
        warehouse.build(*MODELS)
    database = warehouse.database
    assert database.rows(VERSIONS) == TWO_VERSIONS
    assert database.rows(FACTS) == POINTING_RIGHT
    persons = "select first_name from gold_pii.dim_customer_pii where customer_durable_key <> -1"
    assert database.rows(persons) == [("Ada",)]

    keys = database.rows(KEYS)
    warehouse.build(*MODELS, "--full-refresh")
    assert database.rows(KEYS) == keys


# What someone might write by mistake: the model or macro, its text, and the text instead.
SLIPS = {
    "none": ("macro.bullion.join_as_of", "}} >= {{", "}} >= {{"),
    "a key that is off by one": ("macro.bullion.join_as_of", "}} >= {{", "}} > {{"),
    "an increment that forgets a parent": (
        "model.bullion.fact_transactions",
        "'customer_id': ref('int_customer_changes'),",
        "",
    ),
}
# With what the customer was before the first extract, which then is a version between.
WITH_MAY = [("T1", "Mass Market", "Boston"), *POINTING_RIGHT[1:]]


@pytest.mark.timeout(900)
@pytest.mark.parametrize("slip", SLIPS)
def test_a_slip_is_found(
    warehouse: Warehouse, extracts: tuple[Path, Path], tmp_path: Path, slip: str
) -> None:
    """Facts would have other keys, and dbt's own test of keys says so."""
    may = write_rows(
        tmp_path / "2024-05-31", "customers", _rows("customers", _customer("Mass Market", "Boston"))
    )
    to_lake = ["--lake", str(warehouse.lake)]
    with changed_text(warehouse.manifest("duckdb"), *SLIPS[slip]):
        warehouse.load(*extracts, options=to_lake)
        warehouse.build(*MODELS, engine="duckdb")
        warehouse.load(may, options=to_lake)
        warehouse.build(*MODELS, engine="duckdb")
        failure = "" if slip == "none" else "fact_transactions_keys_as_of"
        with pytest.raises(AssertionError, match=failure) if failure else nullcontext():
            warehouse.build(*KEYS_TEST, verb="test", engine="duckdb")
    with duckdb.connect(warehouse.duckdb, read_only=True) as connection:
        found = connection.execute(FACTS).fetchall()
    assert (found == WITH_MAY) == (slip == "none")
