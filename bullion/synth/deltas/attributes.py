"""Later extracts: customers and accounts whose attributes change, with their dated rows."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from bullion import contract
from bullion.synth.deltas.book import cents, is_given, is_one_of, is_true, seconds
from bullion.synth.deltas.feed import Feed
from bullion.synth.files import columns as col

DAILY_RATE = 0.0005
"""Share of customers (accounts) whose segment, city, score, status, limit … changes in a day."""

CREDIT_SCORE_STEP = 70
HOME = ("address", "city", "state", "zip_code", "country", "home_latitude", "home_longitude")
HISTORY = (
    ("customer_segment", "previous_segment", "Segment Change", "Relationship review"),
    ("loyalty_tier", "previous_tier", "Tier Change", "Tenure reached"),
    ("risk_segment", "previous_risk", "Risk Change", "Risk review"),
)


def customers(feed: Feed) -> None:
    """Segment, tier and risk moves (each with its history row), of home, new credit scores."""
    n = feed.share("customers", DAILY_RATE)
    chosen = feed.rng.permutation(np.flatnonzero(feed.active_customers()))
    groups = [chosen[start * n : (start + 1) * n] for start in range(5)]
    for class_, positions in zip(HISTORY, groups, strict=False):
        _move_class(feed, positions, *class_)
    _move_home(feed, groups[3])
    _rescore(feed, groups[4])
    feed.book.touch("customers", feed.pick(feed.active_customers(), 2), "repeat")


def _move_class(
    feed: Feed, positions: NDArray[np.int64], column: str, previous: str, change: str, reason: str
) -> None:
    values = contract.table("customers").column(column).values
    rows = feed.book.records("customers", positions)
    history = []
    new = []
    for row, step in zip(rows, feed.rng.integers(1, len(values), len(rows)), strict=True):
        before = row[column]
        after = values[(values.index(before) + int(step)) % len(values)] if before else values[0]
        new.append(after)
        entry = {
            "customer_id": row["customer_id"],
            "customer_segment": row["customer_segment"],
            "previous_segment": row["customer_segment"],
            "loyalty_tier": row["loyalty_tier"],
            "previous_tier": row["loyalty_tier"],
            "risk_segment": row["risk_segment"],
            "previous_risk": row["risk_segment"],
            "change_type": change,
            "change_reason": reason,
            "triggered_by": "System",
        }
        history.append(entry | {column: after, previous: before})
    if not rows:
        return
    feed.book.change("customers", positions, {column: col.texts(new)}, column)
    add_records(
        feed, "customer_segments_history", "segment_history_id", "SEG", "effective_at", history
    )


def add_records(
    feed: Feed, name: str, key: str, prefix: str, time: str, records: list[dict[str, Any]]
) -> None:
    """Append dated rows of today under new keys."""
    ids = feed.new_ids(prefix, len(records)).to_pylist()
    moments = col.timestamps(np.sort(feed.second(len(records)))).to_pylist()
    for record, number, moment in zip(records, ids, moments, strict=True):
        record |= {key: number, time: moment}
    feed.book.add_records(name, records, "new")


def _move_home(feed: Feed, positions: NDArray[np.int64]) -> None:
    """The customer moves to where another one of the block lives."""
    table = feed.book.tables["customers"]
    donors = feed.rng.permutation(table.num_rows)[: len(positions)]
    homes = table.select(list(HOME)).take(pa.array(donors))
    new = {column: homes[column].combine_chunks() for column in HOME}
    feed.book.change("customers", positions[: len(donors)], new, "home")


def _rescore(feed: Feed, positions: NDArray[np.int64]) -> None:
    rows = feed.book.tables["customers"].take(pa.array(positions))
    old = np.asarray(pc.fill_null(rows["credit_score"], 650))
    sign = np.where(feed.rng.random(len(old)) < 0.5, -1, 1)
    new = np.clip(old + sign * CREDIT_SCORE_STEP, 300, 850)
    feed.book.change("customers", positions, {"credit_score": col.integers(new)}, "credit_score")


def accounts(feed: Feed) -> None:
    """Dormant and active again, limits, rates and autopay, each with its account event."""
    n = feed.share("accounts", DAILY_RATE)
    table = feed.book.tables["accounts"]
    is_open = feed.open_accounts()
    _flip_status(feed, feed.pick(is_open & _quiet(feed), n))
    is_open = feed.open_accounts()
    _raise_limits(feed, feed.pick(is_open & is_given(table["credit_limit"]), n))
    _change_rates(feed, feed.pick(is_open & _is_deposit(feed), n))
    _switch_autopay(feed, feed.pick(is_open & is_given(table["autopay_enabled"]), n))


def _quiet(feed: Feed) -> NDArray[np.bool_]:
    """Accounts with a balance feed (savings, deposits, investments): nobody shops with them."""
    ids = feed.book.tables["accounts"]["account_id"]
    fed = pc.unique(feed.book.tables["account_balances"]["account_id"])
    return np.asarray(pc.is_in(ids, value_set=fed))


def _is_deposit(feed: Feed) -> NDArray[np.bool_]:
    """Accounts that bear interest for the customer; cards and loans have a minimum payment."""
    table = feed.book.tables["accounts"]
    return is_given(table["interest_rate"]) & ~is_given(table["minimum_payment"])


def _event(
    feed: Feed,
    positions: NDArray[np.int64],
    category: str,
    kind: list[str],
    attribute: str,
    old: list[str],
    new: list[str],
) -> None:
    records = [
        {
            "account_id": row["account_id"],
            "customer_id": row["customer_id"],
            "event_category": category,
            "event_type": name,
            "attribute": attribute,
            "old_value": before,
            "new_value": after,
            "triggered_by": "System",
            "channel": "System",
            "approval_status": "Approved" if category == "Terms Change" else None,
        }
        for row, name, before, after in zip(
            feed.book.records("accounts", positions), kind, old, new, strict=True
        )
    ]
    if records:
        add_records(feed, "account_events", "event_id", "EVT", "event_at", records)


def _flip_status(feed: Feed, positions: NDArray[np.int64]) -> None:
    old = [row["account_status"] for row in feed.book.records("accounts", positions)]
    new = ["Dormant" if status == "Active" else "Active" for status in old]
    feed.book.change("accounts", positions, {"account_status": col.texts(new)}, "account_status")
    names = ["Account Dormant" if status == "Dormant" else "Account Reactivated" for status in new]
    _event(feed, positions, "Activity Status", names, "account_status", old, new)


def _raise_limits(feed: Feed, positions: NDArray[np.int64]) -> None:
    rows = feed.book.tables["accounts"].take(pa.array(positions))
    old = cents(rows["credit_limit"])
    more = np.maximum(np.rint(old * 0.25 / 50_000), 1).astype(np.int64) * 50_000
    limit = col.money(old + more)
    available = col.money(
        cents(rows["available_balance"]) + more, is_given(rows["available_balance"])
    )
    new = {"credit_limit": limit, "available_balance": available}
    feed.book.change("accounts", positions, new, "credit_limit")
    texts = [pc.cast(column, pa.string()).to_pylist() for column in (rows["credit_limit"], limit)]
    _event(
        feed,
        positions,
        "Terms Change",
        ["Credit Limit Raised"] * len(positions),
        "credit_limit",
        *texts,
    )


def _change_rates(feed: Feed, positions: NDArray[np.int64]) -> None:
    rows = feed.book.tables["accounts"].take(pa.array(positions))
    old = np.asarray(rows["interest_rate"].cast(pa.float64()))
    rate = col.rate(old + 0.0025)
    feed.book.change("accounts", positions, {"interest_rate": rate}, "interest_rate")
    texts = [pc.cast(column, pa.string()).to_pylist() for column in (rows["interest_rate"], rate)]
    _event(
        feed,
        positions,
        "Terms Change",
        ["Interest Rate Changed"] * len(positions),
        "interest_rate",
        *texts,
    )


def _switch_autopay(feed: Feed, positions: NDArray[np.int64]) -> None:
    old = is_true(feed.book.tables["accounts"]["autopay_enabled"])[positions]
    feed.book.change(
        "accounts", positions, {"autopay_enabled": col.booleans(~old)}, "autopay_enabled"
    )
    words = np.array(["false", "true"])
    names = np.where(old, "Autopay Cancelled", "Autopay Enrolled").tolist()
    _event(
        feed,
        positions,
        "Account Modification",
        names,
        "autopay_enabled",
        words[old.astype(int)].tolist(),
        words[(~old).astype(int)].tolist(),
    )


def enrollments(feed: Feed) -> None:
    """An enrolment is cancelled now and then."""
    rows = feed.book.tables["product_enrollments"]
    n = 1 if feed.number == 0 else int(feed.rng.random() < DAILY_RATE * rows.num_rows)
    chosen = feed.pick(is_one_of(rows["status"], "Active"), n)
    feed.book.change(
        "product_enrollments", chosen, {"status": col.texts(["Cancelled"] * len(chosen))}, "status"
    )


def last_logins(feed: Feed, sessions: pa.Table) -> None:
    """Customers with a session today have logged in."""
    if not sessions.num_rows:
        return
    latest = sessions.group_by("customer_id").aggregate([("engaged_at", "max")])
    positions = feed.book.positions("customers", latest["customer_id"])
    times = seconds(latest["engaged_at_max"])
    order = np.argsort(positions)
    feed.book.change(
        "customers",
        positions[order],
        {"last_login_at": col.timestamps(times[order])},
        "last_login_at",
    )
