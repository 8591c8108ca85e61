"""One block's feed of later extracts: the day, its random stream, and who may still act."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from bullion.synth.context import BankContext, to_date
from bullion.synth.deltas.book import SECONDS_PER_DAY, Book, cents, is_one_of, is_true
from bullion.synth.files import columns as col


@dataclass
class Feed:
    """What the steps of a day share.

    ``offset`` counts days after the first extract; ``new_rows`` are today's new transactions;
    ``parents`` holds rows that arrive on a later day (by offset: table, records, kind);
    ``gone`` the position of the customer who left and will return.
    """

    context: BankContext
    number: int
    book: Book
    n_days: int
    offset: int = 0
    day: int = 0
    new_rows: int = 0
    parents: dict[int, list[tuple[str, list[dict[str, Any]], str]]] = field(default_factory=dict)
    gone: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    rng: np.random.Generator = field(init=False)
    _accounts: list[NDArray[np.int64]] = field(default_factory=list)
    _amounts: list[NDArray[np.int64]] = field(default_factory=list)

    def open_day(self, offset: int) -> None:
        """Start the next day; its random stream depends on the date and the block alone."""
        self.offset = offset
        self.day = self.context.end_day + offset
        date = to_date(self.day).isoformat()
        self.rng = self.context.rng("deltas", date, self.number)
        self.book.open_day(date)

    def new_ids(self, prefix: str, n: int) -> pa.Array:
        """Keys of new rows: the table's prefix and a D, unique over blocks and days."""
        start = self.number * 10_000_000
        return col.ids(f"{prefix}D", start + np.array([self.book.number() for _ in range(n)]), 12)

    def second(self, n: int) -> NDArray[np.int64]:
        """n random moments of today, in banking hours, as seconds since 1970-01-01."""
        return self.day * SECONDS_PER_DAY + self.rng.integers(8 * 3600, 20 * 3600, n)

    def share(self, name: str, rate: float) -> int:
        """How many rows of a table to change today at this daily rate; at least one."""
        return max(1, round(rate * self.book.tables[name].num_rows))

    def pick(self, candidates: NDArray[np.bool_], n: int) -> NDArray[np.int64]:
        """Up to n random positions among those where the mask is true."""
        return np.sort(self.rng.permutation(np.flatnonzero(candidates))[:n])

    def open_account_ids(self) -> pa.Array:
        """Keys of accounts that are not closed."""
        accounts = self.book.tables["accounts"]
        return accounts["account_id"].filter(pa.array(self.open_accounts())).combine_chunks()

    def open_accounts(self) -> NDArray[np.bool_]:
        """Mask of accounts that are not closed."""
        accounts = self.book.tables["accounts"]
        return ~is_one_of(accounts["account_status"], "Closed") & self.book.alive["accounts"]

    def active_customers(self) -> NDArray[np.bool_]:
        """Mask of customers who are with the bank."""
        return is_true(self.book.tables["customers"]["is_active"]) & self.book.alive["customers"]

    def active_customer_ids(self) -> pa.Array:
        """Keys of customers who are with the bank."""
        customers = self.book.tables["customers"]["customer_id"]
        return customers.filter(pa.array(self.active_customers())).combine_chunks()

    def free_purchases(self) -> NDArray[np.int64]:
        """Positions of booked purchases of open accounts that no alert or report speaks of."""
        rows = self.book.tables["transactions"]
        free = is_one_of(rows["transaction_type"], "Purchase") & is_one_of(
            rows["status"], "Completed"
        )
        free &= self.book.alive["transactions"] & ~is_true(rows["is_fraud"])
        free &= np.asarray(pc.is_in(rows["account_id"], self.open_account_ids()))
        for name in ("fraud_alerts", "regulatory_reports"):
            spoken_of = self.book.tables[name]["transaction_id"].combine_chunks()
            free &= ~np.asarray(pc.is_in(rows["transaction_id"], spoken_of))
        return np.flatnonzero(free)

    def delete_some(self, name: str, expected: float) -> None:
        """Delete about so many random rows of a table; at least one, in the first block."""
        n = int(self.rng.poisson(expected))
        alive = self.book.alive[name]
        self.book.delete(name, self.pick(alive, max(n, 1 if self.number == 0 else 0)), "delete")

    def move(self, account_ids: pa.ChunkedArray, amounts: NDArray[np.int64]) -> None:
        """Remember amounts (cents) to be posted to balances when the day closes."""
        self._accounts.append(self.book.positions("accounts", account_ids))
        self._amounts.append(amounts)

    def post(self, rows: pa.Table) -> None:
        """Post the completed ones of some transactions."""
        done = rows.filter(pa.array(is_one_of(rows["status"], "Completed")))
        self.move(done["account_id"], cents(done["amount"]))

    def unpost(self, rows: pa.Table) -> None:
        """Take booked transactions back out of their balances."""
        self.move(rows["account_id"], -cents(rows["amount"]))

    def receive(
        self,
        account_ids: Sequence[str],
        customer_ids: Sequence[str],
        amounts: NDArray[np.int64],
        moments: NDArray[np.int64],
    ) -> None:
        """Payments received on cards or loans: completed credits (cents) at these seconds."""
        rows = self.book.tables["transactions"]
        samples = is_one_of(rows["transaction_type"], "Payment") & (cents(rows["amount"]) > 0)
        n = len(amounts)
        if not n or not samples.any():
            return
        sample = rows.take(pa.array(np.full(n, np.flatnonzero(samples)[0])))
        accounts = self.book.tables["accounts"]
        held = self.book.positions("accounts", col.texts(list(account_ids)))
        new = {
            "transaction_id": self.new_ids("TXN", n),
            "currency": accounts["currency"].take(pa.array(held)),
            "account_id": col.texts(list(account_ids)),
            "customer_id": col.texts(list(customer_ids)),
            "transaction_at": col.timestamps(moments),
            "amount": col.money(amounts),
            "status": col.texts(["Completed"] * n),
        }
        made = pa.table({name: new.get(name, sample[name]) for name in sample.column_names})
        self.book.add("transactions", made, "new")
        self.post(made)

    def settle(self) -> None:
        """Bring the day's movements into the balances of the accounts."""
        if self._accounts:
            self.book.move(np.concatenate(self._accounts), np.concatenate(self._amounts))
        self._accounts, self._amounts = [], []
