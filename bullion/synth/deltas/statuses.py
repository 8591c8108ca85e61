"""Later extracts: alerts, applications, instalments, reports, campaigns and indicators move on."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from bullion.synth.context import to_date
from bullion.synth.customers.loans import LATE_FEE_CENTS, LATE_FEE_FROM_DAYS
from bullion.synth.deltas.book import (
    SECONDS_PER_DAY,
    cents,
    days,
    is_given,
    is_one_of,
    is_true,
    seconds,
    shifted,
)
from bullion.synth.deltas.feed import Feed
from bullion.synth.files import columns as col

PAID_ON_TIME = 0.95
EPOCH = dt.date(1970, 1, 1).toordinal()


def alerts(feed: Feed) -> None:
    """Open alerts are taken up, those under review are resolved as their transaction says."""
    table = feed.book.tables["fraud_alerts"]
    before_today = days(table["alert_at"]) < feed.day
    waiting = is_one_of(table["investigation_status"], "Open") & before_today
    reviewed = is_one_of(table["investigation_status"], "Under Review")
    reviewed &= days(table["assigned_at"]) < feed.day
    _take_up(feed, feed.pick(waiting, -(-int(waiting.sum()) // 2)))
    _resolve(feed, feed.pick(reviewed, -(-int(reviewed.sum()) // 3)))


def _take_up(feed: Feed, positions: NDArray[np.int64]) -> None:
    n = len(positions)
    feed.book.change(
        "fraud_alerts",
        positions,
        {
            "investigation_status": col.texts(["Under Review"] * n),
            "assigned_at": col.timestamps(feed.second(n)),
            "assigned_to": col.ids("AGT", feed.rng.integers(1, 61, n), 4),
        },
        "status",
    )


def _frauds_of(feed: Feed, alerts_: pa.Table) -> NDArray[np.bool_]:
    positions = feed.book.positions("transactions", alerts_["transaction_id"])
    label = is_true(feed.book.tables["transactions"]["is_fraud"])
    return label[positions] & (positions >= 0)


def _resolve(feed: Feed, positions: NDArray[np.int64]) -> None:
    rows = feed.book.tables["fraud_alerts"].take(pa.array(positions))
    is_fraud = _frauds_of(feed, rows)
    words = np.where(is_fraud, "Resolved - Fraud", "False Positive")
    recovered = np.rint(cents(rows["amount_at_risk"]) * 0.6).astype(np.int64)
    feed.book.change(
        "fraud_alerts",
        positions,
        {
            "investigation_status": col.texts(words),
            "resolved_at": col.timestamps(feed.second(len(positions))),
            "amount_recovered": col.money(recovered, is_fraud),
        },
        "status",
    )


def report_frauds(feed: Feed, positions: NDArray[np.int64]) -> None:
    """Purchases that customers report as fraud (each with an alert), and one that was none."""
    book = feed.book
    rows = book.tables["transactions"].take(pa.array(positions))
    n = len(positions)
    if n:
        labels = {"is_fraud": col.booleans(np.ones(n, dtype=bool))}
        book.change("transactions", positions, labels, "fraud label")
        moments = np.maximum(seconds(rows["transaction_at"]) + 1, feed.second(n))
        times = col.timestamps(np.minimum(moments, (feed.day + 1) * SECONDS_PER_DAY - 1))
        at_risk = abs(cents(rows["amount"]))
        columns = {
            "alert_id": feed.new_ids("ALR", n),
            "transaction_id": rows["transaction_id"],
            "customer_id": rows["customer_id"],
            "account_id": rows["account_id"],
            "alert_at": times,
            "alert_type": col.texts(["Unusual Spending"] * n),
            "alert_severity": col.texts(["High"] * n),
            "investigation_status": col.texts(["Resolved - Fraud"] * n),
            "assigned_at": times,
            "resolved_at": times,
            "amount_at_risk": col.money(at_risk),
            "amount_recovered": col.money(np.rint(at_risk * 0.5).astype(np.int64)),
            "assigned_to": col.ids("AGT", feed.rng.integers(1, 61, n), 4),
            "notes": col.texts(["Reported by the customer"] * n),
        }
        book.add("fraud_alerts", pa.table(columns), "new")
    _clear_one(feed)


def _clear_one(feed: Feed) -> None:
    book = feed.book
    table = book.tables["fraud_alerts"]
    blamed = is_one_of(table["investigation_status"], "Resolved - Fraud")
    blamed &= days(table["alert_at"]) < feed.day
    chosen = feed.pick(blamed, 1)
    if feed.number or not len(chosen):
        return
    ids = table["transaction_id"].take(pa.array(chosen))
    purchase = book.positions("transactions", ids)
    if purchase[0] < 0 or not book.alive["transactions"][purchase[0]]:
        return
    book.change(
        "transactions", purchase, {"is_fraud": col.booleans(np.array([False]))}, "fraud label"
    )
    book.change(
        "fraud_alerts",
        chosen,
        {
            "investigation_status": col.texts(["False Positive"]),
            "amount_recovered": pa.nulls(1, pa.decimal128(18, 2)),
        },
        "status",
    )


def applications(feed: Feed) -> None:
    """New applications come in pending; earlier ones are decided."""
    _decide(feed)
    table = feed.book.tables["credit_applications"]
    recent = days(table["application_date"]) > feed.context.end_day - 60
    expected = recent.sum() / 60
    n = max(int(feed.rng.poisson(expected)), 1 if feed.number == 0 else 0)
    known = is_given(table["account_id"]) & feed.book.alive["credit_applications"]
    active = np.asarray(pc.is_in(table["customer_id"], feed.active_customer_ids()))
    rows = table.take(pa.array(feed.pick(active & ~known, n)))
    n = rows.num_rows
    schema = table.schema
    empty = ("account_id", "decision_date", "decline_reason", "approved_amount", "approved_rate")
    new = {column: pa.nulls(n, schema.field(column).type) for column in empty}
    new["application_id"] = feed.new_ids("APP", n)
    new["application_date"] = col.dates(np.full(n, feed.day))
    new["decision"] = col.texts(["Pending"] * n)
    columns = {name: new.get(name, rows[name]) for name in rows.column_names}
    feed.book.add("credit_applications", pa.table(columns), "new")


def _decide(feed: Feed) -> None:
    table = feed.book.tables["credit_applications"]
    pending = is_one_of(table["decision"], "Pending")
    pending &= days(table["application_date"]) < feed.day
    pending &= days(table["application_date"]) > feed.context.end_day - 60
    chosen = feed.pick(pending, -(-int(pending.sum()) // 4))
    rows = table.take(pa.array(chosen))
    chance = np.asarray(pc.fill_null(rows["approval_probability_score"].cast(pa.float64()), 0.0))
    approved = feed.rng.random(len(chosen)) < chance
    fund_rate = 0.08 + 0.035
    reasons = [None if yes else "Debt to income too high" for yes in approved]
    words = np.where(approved, "Approved", "Declined")
    feed.book.change(
        "credit_applications",
        chosen,
        {
            "decision": col.texts(words),
            "decision_date": col.dates(np.full(len(chosen), feed.day)),
            "decline_reason": col.texts(reasons),
            "approved_amount": col.money(cents(rows["requested_amount"]), approved),
            "approved_rate": col.rate(np.full(len(chosen), fund_rate), approved),
        },
        "status",
    )


def loan_payments(feed: Feed) -> None:
    """Overdue instalments are paid, or what is missing of them; instalments due today appear."""
    _pay_late(feed)
    _pay_the_rest(feed)
    _fall_due(feed)


def _pay_late(feed: Feed) -> None:
    table = feed.book.tables["loan_payments"]
    due = days(table["scheduled_date"])
    owing = ~is_given(table["actual_date"]) & ~is_true(table["is_defaulted"]) & (due < feed.day)
    chosen = feed.pick(owing, max(-(-int(owing.sum()) // 5), 1))
    rows = table.take(pa.array(chosen))
    late = feed.day - due[chosen]
    fee = np.where(late >= LATE_FEE_FROM_DAYS, LATE_FEE_CENTS, 0)
    feed.book.change(
        "loan_payments",
        chosen,
        {
            "actual_date": col.dates(np.full(len(chosen), feed.day)),
            "actual_amount": col.money(cents(rows["scheduled_amount"])),
            "days_late": col.integers(late),
            "late_fee": col.money(fee),
            "payment_method": col.texts(["Online"] * len(chosen)),
        },
        "paid late",
    )
    _receive(feed, rows)


def _pay_the_rest(feed: Feed) -> None:
    """Of the instalments paid in part, on one row, every fifth is completed on that row."""
    table = feed.book.tables["loan_payments"]
    due, given = cents(table["scheduled_amount"]), cents(table["actual_amount"].fill_null(0))
    short = np.flatnonzero(is_given(table["actual_date"]) & (given < due))
    keys = pc.binary_join_element_wise(
        table["account_id"], table["scheduled_date"].cast(pa.string()), " "
    ).take(pa.array(short))
    _, place, times = np.unique(keys.to_pylist(), return_index=True, return_counts=True)
    chosen = np.sort(short[place[times == 1]])[feed.day % 5 :: 5]
    rows = table.take(pa.array(chosen))
    late = feed.day - days(rows["scheduled_date"])
    feed.book.change(
        "loan_payments",
        chosen,
        {
            "actual_date": col.dates(np.full(len(chosen), feed.day)),
            "actual_amount": rows["scheduled_amount"],
            "days_late": col.integers(late),
            "late_fee": col.money(np.where(late >= LATE_FEE_FROM_DAYS, LATE_FEE_CENTS, 0)),
        },
        "rest paid",
    )
    had = np.maximum(given[chosen] - cents(rows["interest_amount"]), 0)
    _receive(feed, rows, had)


def _receive(feed: Feed, paid: pa.Table, had: NDArray[np.int64] | int = 0) -> None:
    """The principal of paid instalments, less what was had of it, is a credit on the account."""
    feed.receive(
        paid["account_id"].to_pylist(),
        paid["customer_id"].to_pylist(),
        cents(paid["principal_amount"]) - had,
        feed.second(paid.num_rows),
    )


def _fall_due(feed: Feed) -> None:
    """The next instalment of every loan whose last one fell due a month ago."""
    table = feed.book.tables["loan_payments"]
    today = to_date(feed.day)
    month_ago = (today.year * 12 + today.month - 2, today.day)
    due = days(table["scheduled_date"])
    recent = np.flatnonzero((due < feed.day) & (due >= feed.day - 31))
    dates = [to_date(day) for day in due[recent]]
    fits = [(date.year * 12 + date.month - 1, date.day) == month_ago for date in dates]
    recent = recent[np.array(fits, dtype=bool)]
    # An instalment paid in two has two rows.
    _, first = np.unique(table["account_id"].take(pa.array(recent)).to_pylist(), return_index=True)
    rows = table.take(pa.array(recent[np.sort(first)]))
    alive = np.asarray(pc.is_in(rows["account_id"], feed.open_account_ids()))
    left = cents(rows["outstanding_balance"])
    rows = rows.filter(pa.array(alive & (left > 0) & ~is_true(rows["is_defaulted"])))
    n = rows.num_rows
    if not n:
        return
    left = cents(rows["outstanding_balance"])
    before = left + cents(rows["principal_amount"])
    interest = np.rint(cents(rows["interest_amount"]) * left / np.maximum(before, 1))
    interest = interest.astype(np.int64)
    scheduled = np.minimum(cents(rows["scheduled_amount"]), left + interest)
    paid = feed.rng.random(n) < PAID_ON_TIME
    new = {
        "payment_id": feed.new_ids("PAY", n),
        "installment_number": pc.add(rows["installment_number"], 1),
        "scheduled_date": col.dates(np.full(n, feed.day)),
        "actual_date": col.dates(np.full(n, feed.day), paid),
        "scheduled_amount": col.money(scheduled),
        "actual_amount": col.money(scheduled, paid),
        "principal_amount": col.money(scheduled - interest),
        "interest_amount": col.money(interest),
        "outstanding_balance": col.money(left + interest - scheduled),
        "days_late": col.integers(np.zeros(n, dtype=np.int64)),
        "payment_method": pc.if_else(pa.array(paid), "Online", None),
        "late_fee": col.money(np.zeros(n, dtype=np.int64)),
    }
    columns = {name: new.get(name, rows[name]) for name in rows.column_names}
    made = pa.table(columns)
    feed.book.add("loan_payments", made, "new")
    _receive(feed, made.filter(pa.array(paid)))


def month_end_balances(feed: Feed) -> None:
    """On the last day of a month, accounts with a balance feed get the month's flows as before."""
    if to_date(feed.day + 1).day != 1:
        return
    table = feed.book.tables["account_balances"]
    month_ago = to_date(feed.day).replace(day=1).toordinal() - EPOCH - 1
    last = table.filter(pa.array(days(table["balance_date"]) == month_ago))
    rows = last.filter(pc.is_in(last["account_id"], feed.open_account_ids()))
    n = rows.num_rows
    net = cents(rows["contributions"]) + cents(rows["investment_returns"])
    net -= cents(rows["withdrawals"]) + cents(rows["fees"])
    balance = shifted(rows["balance"], net)
    new = {
        "balance_id": feed.new_ids("BAL", n),
        "balance_date": col.dates(np.full(n, feed.day)),
        "balance": balance,
    }
    columns = {name: new.get(name, rows[name]) for name in rows.column_names}
    feed.book.add("account_balances", pa.table(columns), "new")
    positions = feed.book.positions("accounts", rows["account_id"])
    feed.book.change("accounts", positions, {"current_balance": balance}, "balance")


def reports(feed: Feed) -> None:
    """Pending regulatory reports are filed."""
    table = feed.book.tables["regulatory_reports"]
    waiting = is_one_of(table["filing_status"], "Pending", "In Review")
    chosen = feed.pick(waiting, 1)
    in_time = days(table["due_date"])[chosen] >= feed.day
    feed.book.change(
        "regulatory_reports",
        chosen,
        {
            "filing_status": col.texts(np.where(in_time, "Filed", "Late Filed")),
            "filed_date": col.dates(np.full(len(chosen), feed.day)),
        },
        "status",
    )


def campaigns(feed: Feed) -> None:
    """The results of one ended campaign are corrected."""
    if "marketing_campaigns" not in feed.book.tables:
        return
    table = feed.book.tables["marketing_campaigns"]
    ended = days(table["end_date"]) < feed.day
    chosen = feed.pick(ended, 1)
    rows = table.take(pa.array(chosen))
    feed.book.change(
        "marketing_campaigns",
        chosen,
        {
            **{
                name: col.integers(np.asarray(rows[name]) + more)
                for name, more in (("impressions", 100), ("clicks", 10), ("conversions", 1))
            },
            "revenue_attributed": shifted(rows["revenue_attributed"], np.full(len(chosen), 12_500)),
        },
        "results",
    )


def indicators(feed: Feed) -> None:
    """The month's indicators appear on the day they are published on."""
    if "economic_indicators" not in feed.book.tables:
        return
    table = feed.book.tables["economic_indicators"]
    last = table.slice(table.num_rows - 1, 1)
    published = to_date(int(days(last["indicator_date"])[0]))
    today = to_date(feed.day)
    if published.day != today.day or (published.year, published.month) == (today.year, today.month):
        return
    new = {"indicator_date": col.dates(np.array([feed.day]))}
    columns = {name: new.get(name, last[name]) for name in last.column_names}
    feed.book.add("economic_indicators", pa.table(columns), "new")
