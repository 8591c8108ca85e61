"""The raw rows of transactions before they become columns: one struct of numpy arrays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from bullion import contract

TYPES = contract.table("transactions").column("transaction_type").values
PURCHASE, WITHDRAWAL, TRANSFER, PAYMENT, DEPOSIT, REFUND, FEE, WRITE_OFF, ADJUSTMENT = range(9)
STATUSES = contract.table("transactions").column("status").values
COMPLETED, DECLINED, PENDING, REVERSED = range(4)
REASONS = contract.table("transactions").column("decline_reason").values
NO_FUNDS, BAD_CARD, SUSPECTED, OVER_LIMIT, EXPIRED = range(5)


@dataclass
class Rows:
    """Transactions as arrays of one length.

    customer and account are rows of the block and of its accounts; second is the UTC epoch;
    kind, channel (profiles.CHANNELS), category (profiles.CATEGORIES), status and reason are
    codes; merchant, atm and branch positions in the global tables; -1 = none. cents is signed
    from the holder's view. latent is the normal score behind fraud_score before the shift for
    frauds. nonce holds 64 random bits a row for what is cosmetic (devices, codes, durations):
    drawn with the row, it stays with it whatever else is switched off.
    """

    customer: NDArray
    account: NDArray
    second: NDArray
    kind: NDArray
    channel: NDArray
    category: NDArray
    merchant: NDArray
    atm: NDArray
    branch: NDArray
    foreign: NDArray
    fraud: NDArray
    recurring: NDArray
    cents: NDArray
    status: NDArray
    reason: NDArray
    latent: NDArray
    nonce: NDArray

    def __len__(self) -> int:
        return len(self.second)

    def take(self, chosen: NDArray) -> Rows:
        """The rows at these positions (or under this mask)."""
        if chosen.dtype == np.bool_:
            chosen = np.flatnonzero(chosen)
        return Rows(**{f.name: getattr(self, f.name).take(chosen) for f in fields(self)})

    @staticmethod
    def concatenate(parts: Sequence[Rows]) -> Rows:
        """The parts one after the other."""
        return Rows(
            **{f.name: np.concatenate([getattr(p, f.name) for p in parts]) for f in fields(Rows)}
        )


def is_attempt(rows: Rows) -> NDArray[np.bool_]:
    """Whether rows are attempts that a customer started (``planted.ATTEMPTS``)."""
    return (rows.kind < DEPOSIT) & (rows.cents < 0)


def posted(
    *,
    customer: NDArray,
    account: NDArray,
    second: NDArray,
    kind: int,
    channel: int | NDArray,
    cents: NDArray,
    nonce: NDArray,
    branch: NDArray | None = None,
) -> Rows:
    """Rows the bank posts itself (deposits, payments received, fees): completed, without merchant.

    Their fraud score is that of an ordinary legitimate row, made from the nonce.
    """
    n = len(customer)
    none = np.full(n, -1, dtype=np.int32)
    return Rows(
        customer=customer.astype(np.int32),
        account=account.astype(np.int32),
        second=second.astype(np.int64),
        kind=np.full(n, kind, dtype=np.int8),
        channel=np.broadcast_to(np.asarray(channel, dtype=np.int8), n),
        category=np.full(n, -1, dtype=np.int8),
        merchant=none,
        atm=none,
        branch=none if branch is None else branch.astype(np.int32),
        foreign=np.zeros(n, dtype=bool),
        fraud=np.zeros(n, dtype=bool),
        recurring=np.zeros(n, dtype=bool),
        cents=cents.astype(np.int64),
        status=np.full(n, COMPLETED, dtype=np.int8),
        reason=np.full(n, -1, dtype=np.int8),
        latent=np.full(n, np.nan),
        nonce=nonce,
    )


def mix(nonce: NDArray[np.uint64], salt: int) -> NDArray[np.uint64]:
    """Fresh 64 bits from each nonce and a salt (the finaliser of splitmix64)."""
    with np.errstate(over="ignore"):
        z = nonce + np.uint64((0x9E3779B97F4A7C15 * (salt + 1)) % 2**64)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return z ^ (z >> np.uint64(31))


def bits(nonce: NDArray[np.uint64], first: int, count: int) -> NDArray[np.int64]:
    """Bits first..first+count-1 of each nonce, as an integer in 0..2^count-1."""
    return ((nonce >> np.uint64(first)) & np.uint64((1 << count) - 1)).astype(np.int64)
