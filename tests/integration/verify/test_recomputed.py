"""Income, fraud and fair lending once more: by pandas, from the rows as they were delivered."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from tests.support.bank_warehouse import BankWarehouse

Read = Callable[[str], pd.DataFrame]
LAST = pd.Timestamp("2025-12-31")
FIRST = pd.Timestamp("2025-01-01")


@pytest.fixture
def read(bank_warehouse: BankWarehouse) -> Read:
    """A query's rows as a frame, money and shares as floats."""

    def rows(query: str) -> pd.DataFrame:
        with bank_warehouse.connect() as connection:
            cursor = connection.execute(query)
            names = [column.name for column in cursor.description or []]
            return pd.DataFrame(cursor.fetchall(), columns=names)

    return rows


def raw(read: Read, table: str, *numbers: str, dates: tuple[str, ...] = ()) -> pd.DataFrame:
    """A table as it was delivered."""
    rows = read(f"select * from bronze.{table}")
    for name in numbers:
        rows[name] = pd.to_numeric(rows[name].astype(str), errors="coerce")
    for name in dates:
        rows[name] = pd.to_datetime(rows[name])
    return rows


def of_the_year(rows: pd.DataFrame, date: str) -> pd.DataFrame:
    """Rows of the twelve months of income."""
    return rows[rows[date].dt.normalize().between(FIRST, LAST)]


def money(found: Any) -> float:
    return round(float(found), 2)


def test_interest_paid_and_fees_refunded(read: Read) -> None:
    category = raw(read, "products").set_index("product_id")["category"]
    statements = raw(read, "account_balances", "investment_returns", dates=("balance_date",))
    statements = of_the_year(statements, "balance_date")
    deposits = statements[statements["product_id"].map(category).eq("Deposit")]
    posted = raw(read, "transactions", "amount", dates=("transaction_at",))
    posted = of_the_year(posted[posted["status"].eq("Completed")], "transaction_at")
    fees = posted[posted["transaction_type"].eq("Fee")]
    lines = read("select line, amount from analytics_income_statement where period = 'current'")
    said = lines.set_index("line")["amount"].map(money)
    assert fees["amount"].gt(0).any()
    assert said["Interest paid on deposits"] == -money(deposits["investment_returns"].sum())
    assert said["Fees refunded"] == -money(fees["amount"].clip(lower=0).sum())
    summary = read("select product_id, interest_expense_amount from analytics_product_summary")
    assert money(summary["interest_expense_amount"].sum()) == -said["Interest paid on deposits"]


def test_mean_holders(read: Read) -> None:
    accounts = raw(read, "accounts", dates=("open_date", "close_date"))
    enrolled = raw(read, "product_enrollments", dates=("enrollment_date",))
    enrolled = enrolled[enrolled["status"].eq("Active")]
    events = raw(read, "account_events", dates=("event_at",))
    told = events[events["attribute"].eq("account_status")].assign(
        day=events["event_at"].dt.normalize()
    )
    closed = told[told["new_value"].eq("Closed")].groupby("account_id")["day"].min()
    again = told[told["old_value"].eq("Closed")].set_index("account_id")["day"]
    assert len(again) > 0
    accounts["again"] = accounts["account_id"].map(again)
    earlier = accounts["account_id"].map(closed).where(accounts["again"].notna())
    day_closed = accounts["close_date"].fillna(earlier)
    last = day_closed.sub(pd.Timedelta(days=1)).fillna(LAST).clip(upper=LAST)
    reopened = accounts.dropna(subset="again")
    spans = pd.concat(
        [
            accounts[["product_id", "customer_id"]].assign(
                first=accounts["open_date"].clip(lower=FIRST), last=last
            ),
            reopened[["product_id", "customer_id"]].assign(
                first=reopened["again"].clip(lower=FIRST), last=LAST
            ),
            enrolled[["product_id", "customer_id"]].assign(
                first=enrolled["enrollment_date"].clip(lower=FIRST), last=LAST
            ),
        ]
    )
    days = pd.date_range(FIRST, LAST)
    spans = spans[spans["first"] <= spans["last"]]
    held: dict[str, float] = {}
    for (product, _), mine in spans.groupby(["product_id", "customer_id"]):
        is_held = np.zeros(len(days), dtype=bool)
        for span in mine.itertuples():
            is_held |= (days >= span.first) & (days <= span.last)
        held[str(product)] = held.get(str(product), 0.0) + is_held.sum() / len(days)
    for row in read("select * from analytics_product_summary").itertuples():
        assert float(row.mean_holder_count) == pytest.approx(held.get(row.product_id, 0.0))
        if row.mean_holder_count > 0:
            a_holder = float(row.income_amount) / float(row.mean_holder_count)
            assert float(row.income_per_holder_amount) == pytest.approx(a_holder, abs=0.0051)


def test_fraud_losses(read: Read) -> None:
    rows = raw(read, "transactions", "amount")
    tried = ("Purchase", "ATM Withdrawal", "Transfer", "Payment")
    rows = rows[rows["transaction_type"].isin(tried) & rows["amount"].lt(0)]
    rows = rows.assign(
        money=rows["amount"].abs(),
        is_done=rows["status"].eq("Completed"),
        is_fraud=rows["is_fraud"].astype(str).str.lower().isin(("true", "t", "1")),
    )
    alerts = raw(read, "fraud_alerts", "amount_recovered")
    back = alerts.groupby("transaction_id")["amount_recovered"].sum()
    frauds = rows[rows["is_fraud"]]
    lost = frauds[frauds["is_done"]]
    recovered = lost["transaction_id"].map(back).fillna(0).clip(upper=lost["money"])
    [said] = read(
        "select sum(attempt_count) as attempts, sum(fraud_count) as frauds,"
        " sum(fraud_amount) as fraud, sum(prevented_amount) as prevented,"
        " sum(gross_loss_amount) as gross, sum(recovered_amount) as recovered,"
        " sum(net_loss_amount) as net, sum(completed_amount) as completed"
        " from analytics_fraud_losses"
    ).itertuples()
    assert (said.attempts, said.frauds) == (len(rows), len(frauds))
    assert money(said.completed) == money(rows.loc[rows["is_done"], "money"].sum())
    assert money(said.fraud) == money(frauds["money"].sum())
    assert money(said.prevented) == money(frauds.loc[~frauds["is_done"], "money"].sum())
    assert money(said.gross) == money(lost["money"].sum())
    assert money(said.recovered) == money(recovered.sum())
    assert money(said.net) == money(lost["money"].sum() - recovered.sum())


def test_adverse_impact(read: Read) -> None:
    decided = raw(read, "credit_applications")
    decided = decided[decided["decision"].isin(("Approved", "Declined"))]
    customers = raw(read, "customers").set_index("customer_id")
    status = decided["customer_id"].map(customers["marital_status"]).fillna("Unknown")
    counts = decided["decision"].eq("Approved").groupby(status).agg(["sum", "count"])
    rates = counts["sum"] / counts["count"]
    best = rates[counts["count"].ge(30) & (rates.index != "Unknown")].idxmax()
    rows = read(
        "select * from analytics_credit_approval_hypothesis_test where factor = 'Marital status'"
    ).set_index("level")
    assert set(rows.index) == set(counts.index) - {best}
    for level, row in rows.iterrows():
        hits, n = counts.loc[level]
        table = [[hits, n - hits], [counts.loc[best, "sum"], counts.loc[best].diff().iloc[1]]]
        ratio = rates[level] / rates[best]
        assert row["reference_level"] == best
        assert row["approval_ratio"] == pytest.approx(ratio)
        assert row["p_value"] == pytest.approx(stats.fisher_exact(table).pvalue, rel=1e-6)
        assert row["is_adverse_impact"] == (ratio < 0.8)
