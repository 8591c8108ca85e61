"""Later extracts: who comes (and sometimes arrives after their first transaction), who leaves.

On the first day a new customer, and a new merchant, are known to the transaction feed before
their own rows arrive: the customer's first deposit is an orphan until the next extract, the
merchant's first purchases carry a merchant nobody knows yet.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pyarrow as pa

from bullion.synth.deltas.book import cents, is_one_of, is_true
from bullion.synth.deltas.feed import Feed
from bullion.synth.files import columns as col

SIGNUPS_A_DAY = 0.0003
"""New customers of a day per customer of the bank."""

LEAVES_ON, RETURNS_ON = 2, 4
FIRST_DEPOSIT = 50_000


def new_customers(feed: Feed) -> None:
    """New customers with an account, its opening events and a first deposit."""
    for name, records, kind in feed.parents.pop(feed.offset, []):
        feed.book.add_records(name, records, kind)
    size = feed.book.tables["customers"].num_rows
    n = int(feed.rng.poisson(SIGNUPS_A_DAY * size))
    first_day = feed.number == 0 and feed.offset == 1
    for turn in range(max(n, 1 if first_day else 0)):
        late = first_day and turn == 0 and feed.n_days > 1
        _join(feed, "late parent" if late else "new")


def _join(feed: Feed, kind: str) -> None:
    book = feed.book
    accounts = book.tables["accounts"]
    candidates = is_true(accounts["is_primary"]) & feed.open_accounts()
    deposits = is_one_of(book.tables["transactions"]["transaction_type"], "Deposit")
    if not candidates.any() or not deposits.any():
        return
    account = book.records("accounts", feed.pick(candidates, 1))[0]
    donor = book.positions("customers", pa.array([account["customer_id"]]))
    twin = book.records("customers", feed.rng.permutation(book.tables["customers"].num_rows)[:1])[0]
    customer = book.records("customers", donor)[0]
    names = {"first_name": twin["first_name"], "email": _renumbered(feed, twin["email"], "@")}
    today = _today(feed)
    customer |= names | {
        "customer_id": feed.new_ids("CUS", 1)[0].as_py(),
        "phone": _renumbered(feed, customer["phone"]),
        "ssn": _renumbered(feed, customer["ssn"]),
        "signup_date": today,
        "is_active": True,
        "last_login_at": None,
    }
    deposit = book.records("transactions", feed.pick(deposits, 1))[0]
    cents_in = FIRST_DEPOSIT + 100 * int(feed.rng.integers(0, 5000))
    amount = col.money(np.array([cents_in]))[0].as_py()
    account |= {
        "account_id": feed.new_ids("ACC", 1)[0].as_py(),
        "customer_id": customer["customer_id"],
        "account_number": _renumbered(feed, account["account_number"]),
        "account_status": "Active",
        "open_date": today,
        "close_date": None,
        "current_balance": amount,
        "available_balance": amount,
        "payment_due_date": None,
        "last_statement_date": None,
    }
    moments = _moments(feed, 3)
    deposit |= {
        "transaction_id": feed.new_ids("TXN", 1)[0].as_py(),
        "account_id": account["account_id"],
        "customer_id": customer["customer_id"],
        "transaction_at": moments[2],
        "amount": amount,
        "currency": account["currency"],
        "status": "Completed",
    }
    event = {
        "event_id": feed.new_ids("EVT", 1)[0].as_py(),
        "account_id": account["account_id"],
        "customer_id": customer["customer_id"],
        "event_at": moments[1],
        "event_category": "Account Setup",
        "event_type": "Account Opened",
        "attribute": "account_status",
        "new_value": "Active",
        "triggered_by": "Customer",
        "channel": "Branch",
    }
    history = {
        "segment_history_id": feed.new_ids("SEG", 1)[0].as_py(),
        "customer_id": customer["customer_id"],
        "effective_at": moments[0],
        "customer_segment": customer["customer_segment"],
        "loyalty_tier": customer["loyalty_tier"],
        "risk_segment": customer["risk_segment"],
        "change_type": "Initial",
        "change_reason": "Account opening",
        "triggered_by": "System",
    }
    book.add_records("transactions", [deposit], kind)
    arrivals = [
        ("customers", [customer], kind),
        ("accounts", [account], kind),
        ("account_events", [event], "new"),
        ("customer_segments_history", [history], "new"),
    ]
    if kind == "new":
        for name, records, sort in arrivals:
            book.add_records(name, records, sort)
    else:
        feed.parents.setdefault(feed.offset + 1, []).extend(arrivals)


def _today(feed: Feed) -> dt.date:
    return dt.date(1970, 1, 1) + dt.timedelta(days=feed.day)


def _moments(feed: Feed, n: int) -> list[dt.datetime]:
    return col.timestamps(np.sort(feed.second(n))).to_pylist()


def _renumbered(feed: Feed, text: str | None, before: str = "") -> str | None:
    """The text with other digits at its end (or at the end of what stands before a mark)."""
    if text is None:
        return None
    if before and before in text:
        head, _, tail = text.partition(before)
        return f"{head}{feed.number}{feed.book.number()}{before}{tail}"
    return f"{text[:-4]}{int(feed.rng.integers(0, 10_000)):04d}"


def new_merchant(feed: Feed) -> None:
    """A new merchant whose first purchases arrive the day before its own row."""
    if feed.number or feed.offset != 1 or feed.n_days < 2:
        return
    book = feed.book
    purchases = book.tables["transactions"].take(pa.array(feed.free_purchases()[-200:]))
    if not purchases.num_rows:
        return
    rows = purchases.slice(max(purchases.num_rows - 3, 0))
    known = book.positions("merchants", rows["merchant_id"])
    merchant = book.records("merchants", known[:1])[0]
    merchant |= {
        "merchant_id": feed.new_ids("MER", 1)[0].as_py(),
        "merchant_name": f"{merchant['merchant_name']} Express",
    }
    n = rows.num_rows
    new: dict[str, Any] = {
        "transaction_id": feed.new_ids("TXN", n),
        "merchant_id": col.texts([merchant["merchant_id"]] * n),
        "transaction_at": col.timestamps(feed.second(n)),
        "merchant_category": col.texts([merchant["category"]] * n),
        "mcc_code": col.texts([merchant["mcc_code"]] * n),
        "amount": col.money(np.minimum(cents(rows["amount"]) // 2, -1)),
    }
    columns = {name: new.get(name, rows[name]) for name in rows.column_names}
    book.add("transactions", pa.table(columns), "new")
    feed.post(rows.set_column(rows.column_names.index("amount"), "amount", new["amount"]))
    feed.parents.setdefault(feed.offset + 1, []).append(("merchants", [merchant], "late parent"))


def leave_and_return(feed: Feed) -> None:
    """A former customer's row is deleted, and comes back two days later."""
    if feed.number:
        return
    if feed.offset == LEAVES_ON:
        customers = feed.book.tables["customers"]
        former = ~is_true(customers["is_active"]) & feed.book.alive["customers"]
        feed.gone = feed.pick(former if former.any() else feed.active_customers(), 1)
        feed.book.delete("customers", feed.gone, "delete")
    if feed.offset == RETURNS_ON:
        feed.book.revive("customers", feed.gone, "return")


def close_card(feed: Feed) -> None:
    """A card is paid off and closed."""
    accounts = feed.book.tables["accounts"]
    card = feed.open_accounts() & np.asarray(accounts["credit_limit"].is_valid())
    owed = -cents(accounts["current_balance"])
    n = 1 if feed.number == 0 and feed.offset == 1 else int(feed.rng.random() < 0.1)
    chosen = feed.pick(card & (owed >= 0), n)
    for position, account in zip(chosen, feed.book.records("accounts", chosen), strict=True):
        seconds = np.sort(feed.second(2))
        if owed[position]:
            feed.receive(
                [account["account_id"]],
                [account["customer_id"]],
                owed[position : position + 1],
                seconds[:1],
            )
        feed.book.change(
            "accounts",
            np.array([position]),
            {
                "account_status": col.texts(["Closed"]),
                "close_date": col.dates(np.array([feed.day])),
                "available_balance": col.money(np.zeros(1, dtype=np.int64)),
                "minimum_payment": pa.nulls(1, pa.decimal128(18, 2)),
                "payment_due_date": pa.nulls(1, pa.date32()),
            },
            "account_status",
        )
        event = {
            "event_id": feed.new_ids("EVT", 1)[0].as_py(),
            "account_id": account["account_id"],
            "customer_id": account["customer_id"],
            "event_at": col.timestamps(seconds[1:])[0].as_py(),
            "event_category": "Account Closure",
            "event_type": "Account Closed",
            "attribute": "account_status",
            "old_value": account["account_status"],
            "new_value": "Closed",
            "triggered_by": "Customer",
            "channel": "Online",
        }
        feed.book.add_records("account_events", [event], "new")
