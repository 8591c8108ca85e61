"""Loans and money that moved, reckoned anew from the raw files of a bank that holds every case."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal
from itertools import count
from pathlib import Path
from typing import Any

import duckdb
import pytest

from bullion.synth.bank import generate
from tests.support.extracts import read_rows, write_rows
from tests.support.pipeline import Warehouse

Row = dict[str, str]
START, END = dt.date(2025, 1, 1), dt.date(2025, 6, 30)
YEAR_START = dt.date(2024, 7, 1)
# What is compared, and what it is made of.
CHOSEN = (
    "+analytics_loan_payment_summary",
    "+analytics_loan_risk",
    "+analytics_monthly_transaction_trend",
)
CENT = Decimal("0.01")
BUCKETS = ((0, "Current"), (1, "1-29 days"), (30, "30-59 days"), (60, "60-89 days"))


def money(text: str) -> Decimal:
    return Decimal(text or "0")


def day(text: str) -> dt.date | None:
    return dt.date.fromisoformat(text[:10]) if text else None


def due_before_the_end(row: Row) -> bool:
    return dt.date.fromisoformat(row["scheduled_date"]) < END


def edited(first: Path) -> None:
    """What no generated bank has, in the files: cents, parts, days and amounts that are not said,
    a loss and what came of it, book entries, transfers that look like others."""
    payments, transactions = (
        read_rows(first / f"{name}.csv") for name in ("loan_payments", "transactions")
    )
    accounts = read_rows(first / "accounts.csv")
    is_open = {row["account_id"] for row in accounts if not row["close_date"]}
    of_loan: dict[str, list[Row]] = defaultdict(list)
    for row in sorted(payments, key=lambda row: row["scheduled_date"]):
        if row["account_id"] in is_open and due_before_the_end(row):
            of_loan[row["account_id"]].append(row)
    loans = iter([rows for rows in of_loan.values() if len(rows) > 6])
    number = count()

    def again(row: Row, **changes: str) -> None:
        payments.append(row | {"payment_id": f"PAYX{next(number)}"} | changes)

    for row in next(loans)[-6:]:
        row |= {"actual_date": row["scheduled_date"], "actual_amount": "0.01"}
    *_, row = next(loans)
    due = money(row["scheduled_amount"])
    row |= {"actual_date": row["scheduled_date"], "actual_amount": "1.00"}
    again(row, actual_date="2025-06-29", actual_amount=str(due - 3), scheduled_amount=str(due - 1))
    again(row, actual_date="2025-06-30", actual_amount="2.00", late_fee="5.00")
    no_amount, no_day, over, *_ = next(loans)[-3:]
    no_amount |= {"actual_amount": "", "actual_date": "2025-06-15"}
    no_day |= {"actual_amount": "3.00", "actual_date": ""}
    over |= {"actual_amount": str(money(over["scheduled_amount"]) + 7), "actual_date": "2025-06-20"}
    *_, row = next(loans)
    again(row, installment_number="999", scheduled_date="2025-06-30", actual_date="",
          actual_amount="")  # fmt: skip
    lost = next(loans)
    lost[-1] |= {"actual_date": "2025-06-10", "actual_amount": "25.00"}
    account = next(row for row in accounts if row["account_id"] == lost[0]["account_id"])
    plain = next(row for row in transactions if row["transaction_type"] == "Payment")

    def book(kind: str, amount: str, on: Row, at: str, status: str = "Completed") -> None:
        transactions.append(
            plain | {
                "transaction_id": f"TXNX{next(number)}", "transaction_type": kind,
                "amount": amount, "account_id": on["account_id"],
                "customer_id": on["customer_id"], "transaction_at": at, "status": status,
            }
        )  # fmt: skip

    book("Write-off", "500.00", account, "2025-05-10 09:00:00")
    book("Write-off", "-80.00", account, "2025-05-20 09:00:00")
    book("Write-off", "70.00", account, "2025-05-20 09:00:00", "Pending")
    mine: dict[str, list[Row]] = defaultdict(list)
    for row in accounts:
        if not row["close_date"] and row["open_date"] < "2025-01-01":
            mine[row["customer_id"]].append(row)
    one, other = next(rows for rows in mine.values() if len(rows) > 1)[:2]
    book("Adjustment", "-12.34", one, "2025-04-01 09:00:00")
    for kind, amount, on, at in (
        ("Transfer", "-1234.56", one, "2025-03-03 00:00:00"),
        ("Transfer", "1234.56", other, "2025-03-03 23:59:59"),
        ("Payment", "-1234.56", one, "2025-03-03 12:00:00"),
        ("Transfer", "-777.00", one, "2025-03-04 23:59:59"),
        ("Transfer", "777.00", other, "2025-03-05 00:00:00"),
        ("Transfer", "-55.55", one, "2025-03-06 09:00:00"),
        ("Transfer", "55.55", one, "2025-03-06 10:00:00"),
        ("Transfer", "-66.00", one, "2025-03-07 09:00:00"),
        ("Deposit", "66.00", other, "2025-03-07 09:00:00"),
    ):
        book(kind, amount, on, at)
    write_rows(first, "loan_payments", payments)
    write_rows(first, "transactions", transactions)


class Instalment:
    """What was due on a loan on a day, and the payments (day, amount) made to it."""

    def __init__(self, rows: list[Row]) -> None:
        self.account = rows[0]["account_id"]
        self.due_day = dt.date.fromisoformat(rows[0]["scheduled_date"])
        self.due = max(money(row["scheduled_amount"]) for row in rows)
        self.interest = max(money(row["interest_amount"]) for row in rows)
        self.is_defaulted = any(row["is_defaulted"] == "true" for row in rows)
        self.payments: list[tuple[dt.date, Decimal]] = []
        for row in rows:
            amount = money(row["actual_amount"])
            if row["actual_date"] and not row["actual_amount"]:
                amount = money(row["scheduled_amount"])
            if amount > 0:
                self.payments.append((day(row["actual_date"]) or self.due_day, amount))
        self.payments.sort()

    def received(self, until: dt.date = END) -> Decimal:
        return sum((amount for on, amount in self.payments if on <= until), Decimal(0))

    @property
    def settled(self) -> dt.date | None:
        for on, _ in self.payments:
            if self.received(on) >= self.due - CENT:
                return on
        return None

    def days_past_due(self) -> int:
        return max(0, ((self.settled or END) - self.due_day).days)

    @property
    def state(self) -> int:
        """0 settled on time, 1 settled late, 2 received in part, 3 missed."""
        if self.settled:
            return int(self.settled > self.due_day)
        return 2 if self.received() else 3

    def interest_received(self, first: dt.date, last: dt.date) -> Decimal:
        before = min(self.received(first - dt.timedelta(1)), self.interest)
        return min(self.received(last), self.interest) - before


def bucket(days: int) -> str:
    return next(
        (name for least, name in reversed(BUCKETS) if days < 90 and days >= least),
        "90 days and over",
    )


def instalments(first: Path) -> list[Instalment]:
    rows: dict[tuple[str, str, str], list[Row]] = defaultdict(list)
    for row in read_rows(first / "loan_payments.csv"):
        rows[row["account_id"], row["scheduled_date"], row["installment_number"]].append(row)
    return [Instalment(group) for group in rows.values()]


def movements(first: Path) -> Iterator[tuple[dt.date, Decimal, bool]]:
    """Day, amount and whether it is internal, of every movement of money, each once."""
    cells: dict[Any, tuple[list[Row], list[Row]]] = defaultdict(lambda: ([], []))
    rows = [
        row
        for row in read_rows(first / "transactions.csv")
        if row["status"] == "Completed"
        and row["transaction_type"] not in ("Write-off", "Adjustment")
    ]
    for row in sorted(rows, key=lambda row: (row["transaction_at"], row["transaction_id"])):
        if row["transaction_type"] in ("Transfer", "Payment"):
            amount = money(row["amount"])
            cell = row["customer_id"], row["transaction_at"][:10], abs(amount), row["currency"]
            cells[cell][amount > 0].append(row)
    pays, receives = set(), set()
    for out, into in cells.values():
        for debit, credit in zip(out, into, strict=False):
            if debit["account_id"] != credit["account_id"]:
                pays.add(debit["transaction_id"])
                receives.add(credit["transaction_id"])
    for row in rows:
        if row["transaction_id"] not in receives:
            on = dt.date.fromisoformat(row["transaction_at"][:10])
            yield on, abs(money(row["amount"])), row["transaction_id"] in pays


@pytest.mark.timeout(900)
def test_gold_is_what_the_raw_files_say(warehouse: Warehouse, tmp_path: Path) -> None:
    bank = generate(tmp_path / "bank", customers=90, start=str(START), end=str(END), seed=13)
    first = bank.extracts[0]
    edited(first)
    warehouse.load(first, options=["--lake", str(warehouse.lake)])
    warehouse.build("--select", *CHOSEN, engine="duckdb")
    accounts = {row["account_id"]: row for row in read_rows(first / "accounts.csv")}
    due = instalments(first)
    with duckdb.connect(warehouse.duckdb, read_only=True) as connection:

        def rows(query: str) -> list[tuple[Any, ...]]:
            return connection.execute(query).fetchall()

        settled = rows(
            "select account_id, scheduled_date, settled_date, days_past_due, scheduled_amount,"
            " scheduled_amount - shortfall_amount from gold.fact_loan_payments"
            " where payment_number = 1"
        )
        assert sorted(settled, key=str) == sorted(
            (
                (each.account, each.due_day, each.settled, each.days_past_due(), each.due,
                 each.received(dt.date.max))
                for each in due
            ),
            key=str,
        )  # fmt: skip

        by_bucket: dict[str, list[Decimal]] = defaultdict(lambda: [Decimal(0)] * 8)
        for each in due:
            if each.due_day < END:
                on_time, got = each.received(each.due_day), each.received()
                told = by_bucket[bucket(each.days_past_due())]
                for place, value in (
                    (each.state, 1), (4, on_time), (5, got - on_time),
                    (6 if got else 7, each.due - got),
                ):  # fmt: skip
                    told[place] += value
        summary = rows(
            "select delinquency_bucket, paid_on_time_count, paid_late_count, part_paid_count,"
            " missed_count, paid_on_time_amount, paid_late_amount, short_amount, missed_amount"
            " from gold.analytics_loan_payment_summary where instalment_count > 0"
        )
        assert {
            name: [Decimal(value) for value in values] for name, *values in summary
        } == by_bucket
        assert by_bucket["90 days and over"][2] >= 1, "a cent is no cure"

        oldest: dict[str, int] = {}
        arrears: dict[str, Decimal] = defaultdict(Decimal)
        interest: dict[str, Decimal] = defaultdict(Decimal)
        for each in due:
            account = accounts[each.account]
            interest[each.account] += each.interest_received(YEAR_START, END)
            if not account["close_date"] and each.due_day < END and not each.settled:
                waiting = (END - each.due_day).days
                oldest[each.account] = max(oldest.get(each.account, 0), waiting)
                arrears[each.account] += each.due - each.received()
        periods = rows(
            "select account_id, days_past_due, past_due_amount, interest_income_amount"
            " from gold.pop_account_periods where period = 'current'"
        )
        for account_id, days, amount, income in periods:
            assert days == oldest.get(account_id, 0), account_id
            assert amount == arrears.get(account_id, 0), account_id
            assert income == interest.get(account_id, 0), account_id
        assert {name for name in accounts if name in oldest} <= {name for name, *_ in periods}

        written = [
            row
            for row in read_rows(first / "transactions.csv")
            if row["transaction_type"] == "Write-off" and row["status"] == "Completed"
        ]
        first_loss: dict[str, str] = {}
        for row in sorted(written, key=lambda row: row["transaction_at"]):
            first_loss.setdefault(row["account_id"], row["transaction_at"][:10])
        recovered = sum(
            (amount for each in due if each.account in first_loss
             for on, amount in each.payments if str(on) > first_loss[each.account]),
            Decimal(0),
        )  # fmt: skip
        [risk] = rows(
            "select charge_off_amount, recovery_amount, charge_off_count, past_due_amount"
            " from gold.analytics_loan_risk where period = 'current'"
        )
        assert risk == (
            sum((money(row["amount"]) for row in written), Decimal(0)),
            recovered,
            len(first_loss),
            sum(arrears.values(), Decimal(0)),
        )
        assert recovered >= 25

        moved: dict[dt.date, list[Decimal]] = defaultdict(lambda: [Decimal(0)] * 3)
        for on, amount, internal in movements(first):
            for place, value in ((0, amount), (1, amount if internal else 0), (2, 1)):
                moved[on.replace(day=1)][place] += value
        trend = rows(
            "select month_start, volume_amount, internal_transfer_amount, completed_count"
            " from gold.analytics_monthly_transaction_trend"
        )
        assert {month: [Decimal(value) for value in values] for month, *values in trend} == moved
        assert moved[dt.date(2025, 3, 1)][1] >= Decimal("1234.56")
        [[inflow]] = rows(
            "select sum(inflow_amount) from gold.fact_account_daily_snapshot"
            " where snapshot_date = '2025-05-10' and account_id in"
            " (select account_id from gold.pop_loans where charge_off_date = '2025-05-10')"
        )
        assert inflow == 0
