"""Later extracts: what a bank sends on the days after its first full history.

The first extract is the clean bank less the transactions that arrive late; each later day brings
new rows, late rows, corrections, deletes and changed attributes, and balances that close on what
has been sent so far. New rows of a day follow those of the same weekday four weeks earlier, so
the profiles of the bank hold on. The changes of every day are listed in
``truth/delta_changes.parquet``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from bullion.synth.context import BankContext
from bullion.synth.deltas import attributes, newcomers, statuses
from bullion.synth.deltas.book import (
    SECONDS_PER_DAY,
    Book,
    Extract,
    cents,
    days,
    decoded,
    is_given,
    is_one_of,
    seconds,
    shifted,
    with_columns,
)
from bullion.synth.deltas.feed import Feed
from bullion.synth.files import columns as col

LATE_SHARE = 0.02
LONGEST_DELAY = 10
ECHO_DAYS = 28
PENDING_SHARE = 0.01
CORRECTED_SHARE = 0.05
DELETED_SHARE = 0.01
"""Corrected and deleted transactions of a day, as shares of its new ones (at least one each)."""

BOOKED_BY_THE_BANK = ("Payment",)
"""Types whose credits (payments received on cards and loans) are not repeated: they follow from
what is owed, and instalments bring their own."""


@dataclass
class _Mail:
    """Transactions (and what hangs on them) on their way, by the day they arrive on."""

    by_day: dict[int, list[tuple[str, pa.Table]]] = field(default_factory=dict)

    def send(self, offset: int, name: str, rows: pa.Table) -> None:
        if rows.num_rows:
            self.by_day.setdefault(offset, []).append((name, rows))


def split(
    context: BankContext, number: int, tables: dict[str, pa.Table], n_days: int
) -> tuple[Extract, list[Extract], pa.Table]:
    """The first extract of one block, its later extracts in date order, and the list of changes.

    ``tables`` is the clean bank's block as of ``context.end``; it is not changed. After the last
    day every one of its rows has been sent.
    """
    tables = {name: decoded(table) for name, table in tables.items()}
    base = dict(tables)
    mail = _Mail()
    held = _hold_back(context, number, base, mail, n_days)
    book = Book(base)
    book.move(*held)
    first = base | {"accounts": book.tables["accounts"]}
    book.changes.clear()
    feed = Feed(context=context, number=number, book=book, n_days=n_days)
    later = []
    for offset in range(1, n_days + 1):
        feed.open_day(offset)
        for step in _STEPS:
            step(feed)
        _deliver(feed, mail)
        _new_transactions(feed, mail, tables)
        _correct_transactions(feed)
        feed.settle()
        later.append(book.close_day())
    return first, later, book.changes_table()


_STEPS: tuple[Callable[[Feed], None], ...] = (
    newcomers.new_customers,
    newcomers.new_merchant,
    newcomers.leave_and_return,
    newcomers.close_card,
    attributes.customers,
    attributes.accounts,
    attributes.enrollments,
    statuses.alerts,
    statuses.applications,
    statuses.loan_payments,
    statuses.month_end_balances,
    statuses.reports,
    statuses.campaigns,
    statuses.indicators,
)


def _hold_back(
    context: BankContext, number: int, base: dict[str, pa.Table], mail: _Mail, n_days: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Take late transactions (with their alerts and reports) out of the first extract.

    Returns the account positions and the amounts (cents) their balances must go without.
    """
    rows = base["transactions"]
    rng = context.rng("transactions", "late", number)
    day = days(rows["transaction_at"])
    is_late = rng.random(len(day)) < LATE_SHARE
    arrival = day + rng.integers(1, LONGEST_DELAY + 1, len(day))
    newest = np.flatnonzero(day > context.end_day - LONGEST_DELAY)
    if len(newest) and not (is_late & (arrival > context.end_day)).any():
        is_late[newest[-1]] = True
        arrival[newest[-1]] = context.end_day + 1
    late = is_late & (arrival > context.end_day)
    offsets = np.minimum(arrival - context.end_day, n_days)
    ids = rows["transaction_id"]
    for offset in np.unique(offsets[late]):
        chosen = late & (offsets == offset)
        mail.send(int(offset), "transactions", rows.filter(pa.array(chosen)))
        for name in ("fraud_alerts", "regulatory_reports"):
            follows = pc.is_in(
                base[name]["transaction_id"], ids.filter(pa.array(chosen)).combine_chunks()
            )
            mail.send(int(offset), name, base[name].filter(follows))
    gone = ids.filter(pa.array(late)).combine_chunks()
    base["transactions"] = rows.filter(pa.array(~late))
    for name in ("fraud_alerts", "regulatory_reports"):
        hangs = pc.fill_null(pc.is_in(base[name]["transaction_id"], gone), False)
        base[name] = base[name].filter(pc.invert(hangs))
    taken = rows.filter(pa.array(late))
    taken = taken.filter(pa.array(is_one_of(taken["status"], "Completed")))
    accounts = pc.index_in(taken["account_id"], base["accounts"]["account_id"].combine_chunks())
    return np.asarray(accounts).astype(np.int64), -cents(taken["amount"])


def _deliver(feed: Feed, mail: _Mail) -> None:
    """Late rows that arrive today."""
    for name, rows in mail.by_day.get(feed.offset, []):
        feed.book.add(name, rows, "late")
        if name == "transactions":
            feed.post(rows)


def _echo(feed: Feed, rows: pa.Table, column: str) -> tuple[pa.Table, int]:
    """Rows of the same weekday four weeks (or a multiple) before today, and the days between."""
    back = ECHO_DAYS * (-(-feed.offset // ECHO_DAYS))
    chosen = days(rows[column]) == feed.day - back
    return rows.filter(pa.array(chosen)), back


def _within_hour(feed: Feed, times: NDArray[np.int64], back: int) -> NDArray[np.int64]:
    """The same hour, ``back`` days later, at a second of its own."""
    hour = times - times % 3600 + back * SECONDS_PER_DAY
    return hour + feed.rng.integers(0, 3600, len(times))


def _new_transactions(feed: Feed, mail: _Mail, base: dict[str, pa.Table]) -> None:
    """Today's transactions, the alerts on their frauds, today's contacts and sessions."""
    rows, back = _echo(feed, base["transactions"], "transaction_at")
    open_accounts = feed.open_account_ids()
    received = is_one_of(rows["transaction_type"], *BOOKED_BY_THE_BANK)
    keep = ~(received & (cents(rows["amount"]) > 0))
    keep &= np.asarray(pc.is_in(rows["account_id"], open_accounts))
    rows = rows.filter(pa.array(keep))
    rows = rows.filter(pa.array(_affordable(feed, rows)))
    n = rows.num_rows
    is_purchase = is_one_of(rows["transaction_type"], "Purchase")
    amount = cents(rows["amount"])
    spread = np.exp(feed.rng.normal(0, 0.05, n))
    amount = np.where(is_purchase, np.rint(amount * spread).astype(np.int64), amount)
    completed = is_one_of(rows["status"], "Completed")
    pending = completed & is_purchase & (feed.rng.random(n) < PENDING_SHARE)
    if feed.number == 0 and not pending.any() and (completed & is_purchase).any():
        pending[np.flatnonzero(completed & is_purchase)[-1]] = True
    status = np.where(pending, "Pending", np.asarray(rows["status"].to_pylist(), dtype=object))
    times = _within_hour(feed, seconds(rows["transaction_at"]), back)
    old_ids = rows["transaction_id"].combine_chunks()
    rows = with_columns(
        rows,
        {
            "transaction_id": feed.new_ids("TXN", n),
            "transaction_at": col.timestamps(times),
            "amount": col.money(amount),
            "status": col.texts(status),
        },
    )
    late = feed.rng.random(n) < LATE_SHARE
    delay = feed.rng.integers(1, LONGEST_DELAY + 1, n)
    for wait in np.unique(delay[late]):
        mail.send(
            feed.offset + int(wait), "transactions", rows.filter(pa.array(late & (delay == wait)))
        )
    today = rows.filter(pa.array(~late))
    today = today.take(pc.sort_indices(today["transaction_at"]))
    feed.book.add("transactions", today, "new")
    feed.post(today)
    feed.new_rows = today.num_rows
    _new_alerts(feed, base["fraud_alerts"], old_ids.filter(pa.array(~late)), rows, late)
    _new_contacts(feed, base)


def _affordable(feed: Feed, rows: pa.Table) -> NDArray[np.bool_]:
    """Whether the account's balance (and limit) has room for all of its rows of the day.

    Purchases may come out a little larger than the rows they follow, hence the margin.
    """
    accounts = feed.book.tables["accounts"]
    room = cents(accounts["current_balance"]) + cents(accounts["credit_limit"])
    position = feed.book.positions("accounts", rows["account_id"])
    total = np.zeros(len(room), dtype=np.int64)
    np.add.at(total, position, cents(rows["amount"]))
    short = room + np.minimum(total, 0) * 1.25 < 0
    return ~short[position] | (cents(rows["amount"]) > 0)


def _new_alerts(
    feed: Feed,
    alerts: pa.Table,
    old_ids: pa.Array,
    rows: pa.Table,
    late: NDArray[np.bool_],
) -> None:
    """Alerts on today's transactions, still open: those of the rows they follow."""
    source = pc.fill_null(pc.index_in(alerts["transaction_id"], value_set=old_ids), -1)
    position = np.asarray(source)
    alerts = alerts.filter(pa.array(position >= 0))
    position = position[position >= 0]
    new = rows.filter(pa.array(~late)).take(pa.array(position))
    n = alerts.num_rows
    if not n:
        return
    last = (feed.day + 1) * SECONDS_PER_DAY - 1
    times = np.minimum(seconds(new["transaction_at"]) + feed.rng.integers(1, 900, n), last)
    feed.book.add(
        "fraud_alerts",
        with_columns(
            alerts,
            {
                "alert_id": feed.new_ids("ALR", n),
                "transaction_id": new["transaction_id"].combine_chunks(),
                "alert_at": col.timestamps(times),
                "investigation_status": col.texts(["Open"] * n),
                "assigned_at": pa.nulls(n, pa.timestamp("s")),
                "resolved_at": pa.nulls(n, pa.timestamp("s")),
                "amount_at_risk": col.money(abs(cents(new["amount"]))),
                "amount_recovered": pa.nulls(n, pa.decimal128(18, 2)),
            },
        ),
        "new",
    )


def _new_contacts(feed: Feed, base: dict[str, pa.Table]) -> None:
    active = feed.active_customer_ids()
    for name, key, prefix, time in (
        ("customer_interactions", "interaction_id", "INT", "interaction_at"),
        ("digital_engagement", "engagement_id", "ENG", "engaged_at"),
    ):
        rows, back = _echo(feed, base[name], time)
        rows = rows.filter(pc.is_in(rows["customer_id"], active))
        times = _within_hour(feed, seconds(rows[time]), back)
        new = {key: feed.new_ids(prefix, rows.num_rows), time: col.timestamps(times)}
        if name == "digital_engagement":
            attributes.last_logins(feed, with_columns(rows, {time: new[time]}))
            for column in ("experiment_id", "experiment_arm", "is_converted"):
                new[column] = pa.nulls(
                    rows.num_rows, feed.book.tables[name].schema.field(column).type
                )
        feed.book.add(name, with_columns(rows, new), "new")
        feed.delete_some(name, 0.005 * rows.num_rows)
    rows, back = _echo(feed, base["risk_assessments"], "assessment_date")
    rows = rows.filter(pc.is_in(rows["customer_id"], active))
    new = {"assessment_id": feed.new_ids("RSK", rows.num_rows)}
    for column in ("assessment_date", "kyc_updated_date", "next_review_date"):
        new[column] = col.dates(days(rows[column]) + back, is_given(rows[column]))
    feed.book.add("risk_assessments", with_columns(rows, new), "new")


def _correct_transactions(feed: Feed) -> None:
    """Corrected amounts, days, labels and statuses over all months; deletes; rows sent again."""
    book = feed.book
    rows = book.tables["transactions"]
    free = feed.free_purchases()
    n = max(feed.new_rows, 1)
    sizes = {
        "amount": max(1, round(CORRECTED_SHARE * n)),
        "day": 1,
        "label": max(1, round(0.002 * n)),
        "status": max(1, round(0.002 * n)),
        "delete": max(1, round(DELETED_SHARE * n)),
        "repeat": 2,
    }
    chosen = feed.rng.permutation(free)[: sum(sizes.values())]
    picked = dict(zip(sizes, np.split(chosen, np.cumsum(list(sizes.values()))[:-1]), strict=True))
    _correct_amounts(feed, picked["amount"])
    _correct_days(feed, picked["day"])
    statuses.report_frauds(feed, picked["label"])
    feed.unpost(rows.take(pa.array(picked["status"])))
    reversed_ = col.texts(["Reversed"] * len(picked["status"]))
    book.change("transactions", picked["status"], {"status": reversed_}, "status")
    feed.unpost(rows.take(pa.array(picked["delete"])))
    book.delete("transactions", picked["delete"], "delete")
    book.touch("transactions", picked["repeat"], "repeat")
    _settle_pending(feed)


def _correct_amounts(feed: Feed, chosen: NDArray[np.int64]) -> None:
    rows = feed.book.tables["transactions"].take(pa.array(chosen))
    old = cents(rows["amount"])
    factor = feed.rng.uniform(0.85, 1.15, len(chosen))
    new = np.minimum(np.rint(old * factor).astype(np.int64), -1)
    new = np.where(new == old, old - 1, new)
    amounts = shifted(rows["amount"], new - old)
    feed.book.change("transactions", chosen, {"amount": amounts}, "amount")
    feed.move(rows["account_id"], new - old)


def _correct_days(feed: Feed, chosen: NDArray[np.int64]) -> None:
    """A purchase that belongs to another month: moved back by 20 to 40 days where it fits."""
    rows = feed.book.tables["transactions"].take(pa.array(chosen))
    accounts = feed.book.positions("accounts", rows["account_id"])
    opened = days(feed.book.tables["accounts"]["open_date"].take(pa.array(accounts)))
    back = feed.rng.integers(20, 41, len(chosen))
    fits = days(rows["transaction_at"]) - back > opened
    times = seconds(rows["transaction_at"]) - np.where(fits, back, 0) * SECONDS_PER_DAY
    feed.book.change("transactions", chosen, {"transaction_at": col.timestamps(times)}, "day")


def _settle_pending(feed: Feed) -> None:
    """Purchases pending since an earlier day are booked, a few of them on each day."""
    rows = feed.book.tables["transactions"]
    waiting = is_one_of(rows["status"], "Pending") & feed.book.alive["transactions"]
    waiting &= days(rows["transaction_at"]) < feed.day
    waiting &= np.asarray(pc.is_in(rows["account_id"], feed.open_account_ids()))
    chosen = np.flatnonzero(waiting)
    chosen = chosen[feed.rng.random(len(chosen)) < 0.5]
    booked = rows.take(pa.array(chosen))
    feed.book.change(
        "transactions", chosen, {"status": col.texts(["Completed"] * len(chosen))}, "status"
    )
    feed.move(booked["account_id"], cents(booked["amount"]))
