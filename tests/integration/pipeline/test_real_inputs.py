"""Third-party banks through the whole pipeline: which rows break a rule, totals tie out in gold."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from decimal import Decimal

import pytest

from bullion.contract import load_contract
from bullion.paths import PROJECT_DIR
from tests.support.pipeline import Warehouse

DATA = PROJECT_DIR.parent / "shared" / "data"

pytestmark = [
    pytest.mark.skipif(not DATA.is_dir(), reason=f"the third-party files are not there ({DATA})"),
    pytest.mark.timeout(300),
]


def _build(
    warehouse: Warehouse, source: str, verb: str = "run", wrong: Sequence[Sequence[str]] = ()
) -> None:
    """Load and build; with the verb ``build`` dbt's tests must pass as well. ``wrong`` are the rows
    that break a rule: table, key, reason."""
    warehouse.load(DATA / source, options=["--from", source])
    warehouse.build("--exclude", "test_type:unit", verb=verb)
    database = warehouse.database
    found = database.rows("select table_name, row_key, reason from silver.quarantine")
    assert sorted(found) == sorted(map(tuple, wrong))
    staged = sum(
        database.value(f"select count(*) from silver.stg_{name}") for name in load_contract()
    )
    assert (
        staged + len(found) == database.value("select sum(rows_loaded) from bronze.load_audit") > 0
    )


@pytest.mark.slow
@pytest.mark.parametrize("source", ["finance_project", "fintech_flat"])
def test_dbt_tests_pass(warehouse: Warehouse, source: str) -> None:
    _build(warehouse, source, "build")


def test_finance_project(warehouse: Warehouse) -> None:
    _build(warehouse, "finance_project")
    database = warehouse.database
    assert database.value(
        "select sum(closing_balance_amount) from ("
        "select distinct on (account_id) closing_balance_amount"
        " from gold.fact_account_balances order by account_id, balance_date desc) as last"
    ) == Decimal("242993148.93")
    assert database.value(
        "select sum(contribution_amount - withdrawal_amount) from gold.fact_account_balances"
    ) == Decimal("149339298.66")
    assert database.rows(
        "select count(*), count(*) filter (where is_identity_held) from gold.fact_account_balances"
    ) == [(57_180, 57_180)]


def test_berka(warehouse: Warehouse) -> None:
    loans, to_minors = _loans_of_the_files()
    minor = "application_date is before the customer's 18th birthday"
    assert len(to_minors) == 30
    _build(
        warehouse,
        "berka",
        "build",
        [("credit_applications", loan, minor) for loan in to_minors],
    )
    database = warehouse.database
    assert database.value("select count(*) from gold.dim_account where account_key > 0") == 4_500
    assert database.value("select count(*) from gold.dim_customer where customer_key > 0") == 5_369
    assert database.rows(
        "select count(*), sum(approved_amount) from gold.fact_credit_applications"
        " where decision = 'Approved'"
    ) == [(len(loans), sum(loans.values()))]
    assert len(loans) + len(to_minors) == 682
    assert sum(loans.values()) + sum(to_minors.values()) == Decimal("103261740.00")
    assert database.value("select count(*) from gold.fact_transactions") == 49_102
    assert database.rows(
        "select count(*), count(distinct account_id), sum(inflow_amount), sum(outflow_amount)"
        " from gold.fact_transactions where transaction_date between '1993-01-01' and '1993-12-31'"
    ) == [(28_205, 1_139, Decimal("120442237.40"), Decimal("83866291.30"))]
    money_in, money_out = _money_of_the_files()
    assert database.rows(
        "select sum(inflow_amount), sum(outflow_amount) from gold.fact_transactions"
    ) == [(money_in, money_out)]


def _rows_of_the_file(name: str) -> Iterator[dict[str, str]]:
    with (DATA / "berka" / name).open(encoding="latin-1", newline="") as stream:
        yield from csv.DictReader(stream, delimiter=";")


def _loans_of_the_files() -> tuple[dict[str, Decimal], dict[str, Decimal]]:
    """The amounts of the loans to who was of age that day, and to who was not."""
    born = {}
    for client in _rows_of_the_file("client.asc"):
        year, month, day = (int(client["birth_number"][place : place + 2]) for place in (0, 2, 4))
        # A woman's month is 50 higher.
        born[client["client_id"]] = (1900 + year, month % 50, day)
    owners = {
        row["account_id"]: row["client_id"]
        for row in _rows_of_the_file("disp.asc")
        if row["type"] == "OWNER"
    }
    of_age: dict[str, Decimal] = {}
    minors: dict[str, Decimal] = {}
    for loan in _rows_of_the_file("loan.asc"):
        year, month, day = (int(loan["date"][place : place + 2]) for place in (0, 2, 4))
        birth_year, *birthday = born[owners[loan["account_id"]]]
        is_minor = (1900 + year, month, day) < (birth_year + 18, *birthday)
        (minors if is_minor else of_age)[loan["loan_id"]] = Decimal(loan["amount"])
    return of_age, minors


def _money_of_the_files() -> tuple[Decimal, Decimal]:
    money_in = money_out = Decimal(0)
    with (DATA / "berka" / "trans.asc").open(encoding="latin-1") as stream:
        next(stream)
        for line in stream:
            cells = line.split(";")
            if cells[3].strip('"') == "PRIJEM":
                money_in += Decimal(cells[5])
            else:
                money_out += Decimal(cells[5])
    return money_in, money_out


def test_fintech_flat(warehouse: Warehouse) -> None:
    _build(warehouse, "fintech_flat")
    database = warehouse.database
    assert database.value(
        "select sum(contribution_amount - withdrawal_amount) from gold.fact_account_balances"
    ) == Decimal("1197228.05")
    assert database.value(
        "select sum(closing_balance_amount) from gold.fact_account_balances"
    ) == Decimal("46446710.61")
    assert database.value(
        "select sum(requested_amount) from gold.fact_credit_applications"
    ) == Decimal("92781281.68")
