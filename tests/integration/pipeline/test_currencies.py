"""A bank in three currencies: what is added is converted, reckoned anew from the raw files."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import pytest

from bullion.synth.bank import generate
from tests.support.extracts import read_rows, write_rows
from tests.support.parity import DuckDBSide, PostgresSide, assert_equal
from tests.support.pipeline import STATISTICS, Warehouse

Row = dict[str, str]
END = dt.date(2025, 6, 30)
IN_DOLLARS = ("--vars", "{reporting_currency: USD}")
MOST_DAYS = 7
CENT = Decimal("0.01")
# Rates of these days come late: more of them than a rate may be old.
LATE = (dt.date(2025, 5, 5), dt.date(2025, 5, 30))

pytestmark = pytest.mark.timeout(600)


class Rates:
    """What a currency is worth in dollars on a day, as exchange_rates.csv has it."""

    def __init__(self, rows: list[Row]) -> None:
        self._rates = {
            (row["currency"], dt.date.fromisoformat(row["rate_date"])): Decimal(row["rate"])
            for row in rows
        }

    def on(self, currency: str, day: dt.date) -> Decimal | None:
        if currency == "USD":
            return Decimal(1)
        days = (day - dt.timedelta(days=back) for back in range(MOST_DAYS + 1))
        return next((self._rates[currency, d] for d in days if (currency, d) in self._rates), None)

    def dollars(self, amount: str, currency: str, day: dt.date) -> Decimal | None:
        rate = self.on(currency, day)
        if rate is None:
            return None
        return (Decimal(amount) * rate).quantize(CENT, ROUND_HALF_UP)


def _day(text: str) -> dt.date:
    return dt.date.fromisoformat(text[:10])


def _flows(folder: Path, rates: Rates) -> tuple[dict[dt.date, list[Decimal]], int]:
    """By month what came in and what went out, in dollars; and the transactions without a rate."""
    flows: dict[dt.date, list[Decimal]] = defaultdict(lambda: [Decimal(0), Decimal(0)])
    lacking = 0
    for row in read_rows(folder / "transactions.csv"):
        day = _day(row["transaction_at"])
        lacking += rates.on(row["currency"], day) is None
        worth = rates.dollars(row["amount"], row["currency"], day)
        if row["status"] != "Completed" or row["transaction_type"] in ("Write-off", "Adjustment"):
            continue
        of_month = flows[day.replace(day=1)]
        if worth is not None:
            of_month[int(worth < 0)] += abs(worth)
    return dict(flows), lacking


def _deposits(folder: Path, rates: Rates) -> Decimal:
    """What open deposit accounts hold at the end, in dollars."""
    products = {row["product_id"]: row["category"] for row in read_rows(folder / "products.csv")}
    return sum(
        (
            rates.dollars(row["current_balance"], row["currency"], END) or Decimal(0)
            for row in read_rows(folder / "accounts.csv")
            if row["account_status"] != "Closed"
            and products[row["product_id"]] == "Deposit"
            and Decimal(row["current_balance"]) > 0
        ),
        Decimal(0),
    )


def _assert_converted(warehouse: Warehouse, folder: Path, rates: Rates) -> None:
    flows, lacking = _flows(folder, rates)
    database = warehouse.database
    assert flows == {
        month: [came, went]
        for month, came, went in database.rows(
            "select month_start, inflow_amount, outflow_amount"
            " from gold.analytics_monthly_transaction_trend"
        )
    }
    assert database.rows(
        "select deposit_balance_amount, reporting_currency from gold.analytics_account_summary"
        " where period = 'current'"
    ) == [(_deposits(folder, rates), "USD")]
    assert lacking == database.value(
        "select count(*) from gold.pop_rows_without_rate where money_of = 'transactions'"
    )
    assert lacking == database.value(
        "select sum(without_rate_count) from gold.agg_currency_coverage"
        " where money_of = 'transactions'"
    )


def test_money_is_added_in_one_currency(
    warehouse: Warehouse, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    bank = generate(
        tmp_path / "bank", customers=60, start="2025-01-01", end=END, currencies=("EUR", "GBP")
    )
    [folder] = bank.extracts
    quoted = read_rows(folder / "exchange_rates.csv")
    late = [
        row
        for row in quoted
        if row["currency"] == "EUR" and LATE[0] <= _day(row["rate_date"]) <= LATE[1]
    ]
    there = [row for row in quoted if row not in late]
    write_rows(folder, "exchange_rates", there)
    to_both = ["--lake", str(warehouse.lake), "--postgres"]
    warehouse.load(folder, options=to_both)

    with pytest.raises(AssertionError, match=r"Accounts are kept in EUR, GBP, USD: name the"):
        warehouse.build(*STATISTICS)

    warehouse.build(*IN_DOLLARS, *STATISTICS, "--exclude-resource-type", "unit_test", verb="build")
    _assert_converted(warehouse, folder, Rates(there))
    said = capfd.readouterr().out
    assert "exchange_rates_are_there found:" in said
    assert "a_rate_is_known" in said
    assert warehouse.database.value(
        "select count(*) from gold.fact_transactions"
        " where (exchange_rate is null) <> is_without_rate"
        " or (amount is null) <> (is_without_rate and original_amount <> 0)"
    ) == 0  # fmt: skip

    newer = write_rows(tmp_path / END.isoformat(), "exchange_rates", late)
    warehouse.load(newer, options=to_both)
    warehouse.build(*IN_DOLLARS, *STATISTICS)
    _assert_converted(warehouse, folder, Rates(quoted))
    by_increments = warehouse.digests(["gold"])
    warehouse.build(*IN_DOLLARS, *STATISTICS, "--full-refresh")
    assert warehouse.digests(["gold"]) == by_increments

    warehouse.build(*IN_DOLLARS, *STATISTICS, engine="duckdb")
    with warehouse.database.connect() as connection:
        assert_equal(PostgresSide(connection), DuckDBSide(warehouse.duckdb), "three currencies")


def test_an_account_takes_no_money_of_another_currency(
    warehouse: Warehouse, tmp_path: Path
) -> None:
    """A transaction in another currency than its account's moves nothing, until that is mended."""
    bank = generate(tmp_path / "bank", customers=20, start="2025-04-01", end=END)
    [folder] = bank.extracts
    transactions = read_rows(folder / "transactions.csv")
    foreign = next(row for row in transactions if row["status"] == "Completed")
    foreign["currency"] = "EUR"
    write_rows(folder, "transactions", transactions)
    warehouse.load(folder)
    warehouse.build("--select", "+fact_transactions", "+quarantine")
    held = "select count(*) from gold.fact_transactions"
    assert warehouse.database.rows("select rule, row_key from silver.quarantine") == [
        ("identity:currency", foreign["transaction_id"])
    ]
    assert warehouse.database.value(held) == len(transactions) - 1

    mended = [foreign | {"currency": "USD"}]
    warehouse.load(write_rows(tmp_path / "2025-07-01", "transactions", mended))
    warehouse.build("--select", "+fact_transactions", "+quarantine")
    assert warehouse.database.rows("select rule from silver.quarantine") == []
    assert warehouse.database.value(held) == len(transactions)
