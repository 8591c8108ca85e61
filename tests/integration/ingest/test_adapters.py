"""Real third-party data ties out in bronze to totals that were computed independently."""

from __future__ import annotations

import csv
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from bullion.contract import load_contract
from bullion.errors import BullionError
from bullion.ingest.adapters import load_adapter
from bullion.ingest.loader import LoadOptions
from bullion.ingest.run import LoadReport
from bullion.paths import PROJECT_DIR
from tests.conftest import Database

DATA = PROJECT_DIR.parent / "shared" / "data"
Query = Callable[..., list[tuple[Any, ...]]]

needs_data = pytest.mark.skipif(
    not DATA.is_dir(), reason=f"the third-party files are not there ({DATA})"
)


def load(name: str) -> LoadReport:
    report = load_adapter(name, DATA / name, LoadOptions())
    assert report.is_good
    assert report.rows_rejected == 0
    return report


def assert_clean(rows: Query) -> None:
    """No value outside its closed set and no key that is missing: silver would quarantine it."""
    for table in load_contract().values():
        name = table.name
        for column in table.columns:
            if column.values:
                allowed = list(column.values)
                strange = f"not {column.name} = any(%s)"
                query = f"select distinct {column.name} from bronze.{name} where {strange}"
                assert rows(query, allowed) == [], (name, column.name)
            if column.references:
                parent = load_contract()[column.references]
                query = (
                    f"select count(*) from bronze.{name} as child where child.{column.name} "
                    f"is not null and not exists (select from bronze.{parent.name} as parent "
                    f"where parent.{parent.key[0]} = child.{column.name})"
                )
                assert rows(query) == [(0,)], (name, column.name)
        key = ", ".join(table.key)
        double = f"select {key} from bronze.{name} group by {key} having count(*) > 1"
        assert rows(double) == [], name


@pytest.fixture(scope="module")
def rows(module_database: Database) -> Query:
    """Queries on the bronze that holds the source under test."""
    return module_database.rows


def truncate(database: Database) -> None:
    with database.connect(autocommit=True) as connection:
        connection.execute("set role archivist")
        tables = connection.execute(
            "select string_agg(format('bronze.%I', tablename), ', ') from pg_tables "
            "where schemaname = 'bronze' and tablename <> 'load_lock'"
        ).fetchone()
        if tables and tables[0]:
            connection.execute(f"truncate {tables[0]}")


@needs_data
def test_finance_project(module_database: Database, rows: Query) -> None:
    truncate(module_database)
    load("finance_project")
    assert_clean(rows)
    counts = {
        table: rows(f"select count(*) from bronze.{table}")[0][0]
        for table in ("customers", "accounts", "product_enrollments", "account_balances")
    }
    assert counts == {
        "customers": 1_000,
        "accounts": 1_929,
        "product_enrollments": 1_929,
        "account_balances": 57_180,
    }
    last = rows(
        "select sum(balance) from (select distinct on (account_id) balance "
        "from bronze.account_balances order by account_id, balance_date desc) as latest"
    )
    assert last == [(Decimal("242993148.93"),)]
    assert rows("select sum(current_balance) from bronze.accounts") == last
    assert rows(
        "select sum(contributions), sum(withdrawals), sum(contributions - withdrawals) "
        "from bronze.account_balances"
    ) == [(Decimal("153176821.32"), Decimal("3837522.66"), Decimal("149339298.66"))]
    # Five rounded amounts make a balance: the identity holds to two cents.
    assert rows(
        """
        select count(*), max(abs(deviation)) from (
            select balance - contributions + withdrawals - investment_returns + fees
                - coalesce(
                    lag(balance) over (partition by account_id order by balance_date),
                    initial_investment
                ) as deviation
            from bronze.account_balances join bronze.product_enrollments using (account_id)
        ) as identity
        """
    ) == [(57_180, Decimal("0.02"))]
    assert rows("select count(*) from bronze.economic_indicators where prime_rate > 0.08") == [(0,)]


@needs_data
def test_berka(module_database: Database, rows: Query) -> None:
    truncate(module_database)
    load("berka")
    assert_clean(rows)
    assert rows("select count(*) from bronze.accounts") == [(4_500,)]
    assert rows(
        "select count(*), count(date_of_birth), min(date_of_birth) > '1900-01-01', "
        "max(date_of_birth) < '1999-01-01' from bronze.customers"
    ) == [(5_369, 5_369, True, True)]
    assert rows(
        "select count(*), sum(approved_amount), count(account_id) from bronze.credit_applications "
        "where decision = 'Approved'"
    ) == [(682, 103_261_740, 682)]
    with (DATA / "berka" / "trans.asc").open(newline="") as file:
        written = [
            (row["type"], Decimal(row["amount"])) for row in csv.DictReader(file, delimiter=";")
        ]
    credited = sum(amount for kind, amount in written if kind == "PRIJEM")
    debited = sum(amount for kind, amount in written if kind != "PRIJEM")
    assert rows(
        "select count(*), sum(amount) filter (where amount > 0), "
        "-sum(amount) filter (where amount < 0) from bronze.transactions"
    ) == [(49_102, credited, debited)]
    assert rows(
        "select count(*), count(distinct account_id), sum(amount) filter (where amount > 0), "
        "sum(amount) filter (where amount < 0) from bronze.transactions "
        "where transaction_at < '1994-01-01'"
    ) == [(28_205, 1_139, Decimal("120442237.4"), Decimal("-83866291.3"))]
    # The undocumented third type is a cash withdrawal, and a debit.
    assert rows(
        "select transaction_type, max(amount) < 0, count(*) from bronze.transactions "
        "where description like 'VYBER / %' group by 1"
    ) == [("ATM Withdrawal", True, 651)]
    assert rows(
        "select new_value, count(*) from bronze.account_events "
        "where attribute = 'loan_status' group by 1 order by 1"
    ) == [("A", 203), ("B", 31), ("C", 403), ("D", 45)]
    assert rows("select count(*) from bronze.account_events where event_type = 'Card Issued'") == [
        (892,)
    ]
    # Every transaction is its account's owner's.
    assert rows(
        "select count(*) from bronze.transactions join bronze.accounts using (account_id) "
        "where transactions.customer_id <> accounts.customer_id"
    ) == [(0,)]
    # The last balance of the ledger is the account's, and differs from the movements by rounding.
    assert rows(
        """
        select count(*) filter (where abs(current_balance - moved) <= 0.4) > 1190, count(*)
        from (select account_id, sum(amount) as moved from bronze.transactions group by 1) as moves
        join bronze.accounts using (account_id)
        """
    ) == [(True, 1_229)]


@needs_data
def test_fintech_flat(module_database: Database, rows: Query) -> None:
    truncate(module_database)
    load("fintech_flat")
    assert_clean(rows)
    assert rows("select count(*), sum(current_balance) from bronze.accounts") == [
        (5_003, Decimal("46446710.61"))
    ]
    assert rows("select sum(requested_amount) from bronze.credit_applications") == [
        (Decimal("92781281.68"),)
    ]
    assert rows("select sum(contributions - withdrawals) from bronze.account_balances") == [
        (Decimal("1197228.05"),)
    ]
    again = load("fintech_flat")
    assert {outcome.status for outcome in again.outcomes} == {"already loaded"}


MAPPING = """
description: A bank of our own.
sources:
  clients: {file: clients.txt}
extracted_at: select max(since)::date from clients
tables:
  customers:
    from: [clients]
    sql: |
      select no as customer_id, since as signup_date, income as annual_income, _source_row
      from clients
"""


def write_bank(folder: Path, mapping: str = MAPPING) -> Path:
    (folder / "clients.txt").write_text(
        "no|since|income\n1|2024-01-01|10.50\n2|2024-01-31\n3|2024-01-30|lots\n4|2024-01-02|\n"
    )
    path = folder / "own.yml"
    path.write_text(mapping)
    return path


def test_own_mapping_goes_through_the_same_checks(database: Database, tmp_path: Path) -> None:
    mapping = write_bank(tmp_path)
    strict = load_adapter(str(mapping), tmp_path, LoadOptions())
    assert [outcome.kind for outcome in strict.outcomes] == ["threshold"]
    assert database.rows("select * from bronze.load_audit") == []
    report = load_adapter(str(mapping), tmp_path, LoadOptions(max_rejected_pct=60))
    [outcome] = report.outcomes
    assert str(outcome.extracted_at) == "2024-01-30 23:59:59"
    assert database.rows(
        "select customer_id, annual_income, _source_row, _source_file "
        "from bronze.customers order by 1"
    ) == [
        ("1", Decimal("10.50"), 1, "own/clients.txt"),
        ("4", None, 4, "own/clients.txt"),
    ]
    assert database.rows(
        "select source_row, column_name, kind from bronze.rejected_rows order by 1"
    ) == [(2, None, "truncated"), (3, "annual_income", "type")]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("income as", "wages as", "wages"),
        ("as annual_income", "as yearly_income", "yearly_income, which the contract does not have"),
        ("clients.txt", "missing.txt", "missing.txt is not there"),
        ("max(since)", "max(until)", "until"),
    ],
)
def test_mistakes_in_a_mapping_are_said(
    database: Database, tmp_path: Path, old: str, new: str, message: str
) -> None:
    mapping = write_bank(tmp_path, MAPPING.replace(old, new))
    with pytest.raises(BullionError, match=message):
        load_adapter(str(mapping), tmp_path, LoadOptions(max_rejected_pct=60))
