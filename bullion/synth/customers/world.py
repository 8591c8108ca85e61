"""The state of the bank's life that several tables share: one block of customers and accounts."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

ARCHETYPES = ("Digital Everyday", "Steady Spender", "Saver", "Subscription", "Cash")
SEGMENTS = ("Mass Market", "Affluent", "Premium", "Business")
EMPLOYMENT = ("Employed", "Self-Employed", "Retired", "Student", "Unemployed")

SLOTS_PER_CUSTOMER = 16
"""Account number = customer index x 16 + slot; slot 0 is checking, 1..14 the products of T20, 15
the account of a return."""

CHECKING, CARD, SAVINGS, CD, INVESTMENT, LOAN, POLICY = range(7)
KINDS = ("Checking", "Card", "Savings", "CD", "Investment", "Loan", "Policy")


@dataclass
class Accounts:
    """Accounts of a block, one element per account, ordered by (customer, slot).

    Days are day numbers; money is in cents (int64) signed from the holder's view. ``close_day``
    is context.NEVER while open; ``reopen_day`` that of a closed account which is open again at the
    bank's end, else NEVER. ``number`` is the global integer of the account id.
    ``current_balance`` is filled by core for all kinds (for CHECKING with the balance the account
    must END with: tx picks the opening balance so that opening + completed transactions equals
    it); tx overwrites it for CARD (zero at opening, negative when owed).
    """

    number: np.ndarray
    customer: np.ndarray
    slot: np.ndarray
    product: np.ndarray
    kind: np.ndarray
    open_day: np.ndarray
    close_day: np.ndarray
    reopen_day: np.ndarray
    rate: np.ndarray
    credit_limit: np.ndarray
    current_balance: np.ndarray
    is_primary: np.ndarray
    opening_balance: np.ndarray

    def is_closed(self, day: int) -> np.ndarray:
        """Whether each account is closed at the end of a day."""
        return (self.close_day <= day) & (self.reopen_day > day)

    def __len__(self) -> int:
        return len(self.number)


@dataclass
class LoanPayments:
    """Instalments of a block; ``account`` is a row of Accounts, actual_day NEVER when unpaid.

    Of an instalment paid in two, the first payment is a row behind all instalments; ``instalment``
    is the row of the instalment that a payment is made to. ``is_part`` marks the payments that
    part_payments.py made of what others had paid at once or not at all.
    """

    account: np.ndarray
    installment: np.ndarray
    due_day: np.ndarray
    actual_day: np.ndarray
    scheduled: np.ndarray
    actual: np.ndarray
    principal: np.ndarray
    interest: np.ndarray
    outstanding: np.ndarray
    days_late: np.ndarray
    late_fee: np.ndarray
    is_defaulted: np.ndarray
    received_principal: np.ndarray
    instalment: np.ndarray
    is_part: np.ndarray


@dataclass
class BalanceRows:
    """Month ends of SAVINGS, CD, INVESTMENT and POLICY accounts (``account``: row of Accounts)."""

    account: np.ndarray
    day: np.ndarray
    balance: np.ndarray
    contributions: np.ndarray
    withdrawals: np.ndarray
    returns: np.ndarray
    fees: np.ndarray


@dataclass
class Block:
    """One block of n customers: arrays of length n unless said otherwise.

    ``index`` is the global customer index (0-based; customer id number = index + 1).
    ``churn_day`` (of the first leaving) is NEVER for those who stay, ``return_day`` for those
    who do not come back; ``reopens``: back with the old account. ``segment_days`` (n, 3) are
    the days (from 00:00) at which the segment changes, NEVER padded; ``segment_codes`` (n, 4)
    the segments before, between and after. ``shares`` (n, 4): T14's share of a customer's
    transactions that is digital, ATM, saving, recurring; ``tx_rate`` transactions a month
    (archetype mean x lognormal 0.3); ``purchase_rate``: the expected purchases a month.
    ``checking`` and ``card`` are rows of ``accounts`` (card -1 when never held; mind the card's
    open_day).
    ``realised`` holds sums (floats or arrays) that add up over blocks; ``latent`` columns of
    truth/<name>.parquet. Once tx has set ``accounts.current_balance`` of checking and cards,
    ``core.accounts_table(ctx, block)`` makes the final accounts table.
    """

    number: int
    index: np.ndarray
    signup_day: np.ndarray
    churn_day: np.ndarray
    birth_day: np.ndarray
    age: np.ndarray
    archetype: np.ndarray
    tx_rate: np.ndarray
    shares: np.ndarray
    purchase_rate: np.ndarray
    opt_in: np.ndarray
    autopay: np.ndarray
    mobile_day: np.ndarray
    segment_days: np.ndarray
    segment_codes: np.ndarray
    employment: np.ndarray
    income: np.ndarray
    city: np.ndarray
    home_lat: np.ndarray
    home_lon: np.ndarray
    branch: np.ndarray
    branch_km: np.ndarray
    return_day: np.ndarray = field(init=False)
    reopens: np.ndarray = field(init=False)
    accounts: Accounts = field(init=False)
    checking: np.ndarray = field(init=False)
    card: np.ndarray = field(init=False)
    loan_payments: LoanPayments = field(init=False)
    balances: BalanceRows = field(init=False)
    realised: dict[str, dict[str, Any]] = field(default_factory=dict)
    latent: dict[str, dict[str, np.ndarray]] = field(default_factory=dict)
    raw: dict[str, dict[str, np.ndarray]] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.index)

    def segment_at(self, rows: np.ndarray, days: np.ndarray) -> np.ndarray:
        """Segment code (index of SEGMENTS) of customers ``rows`` on day numbers ``days``."""
        step = (self.segment_days[rows] <= np.asarray(days)[:, None]).sum(axis=1)
        return self.segment_codes[rows, step]

    def add(self, truth: str, **sums: float) -> None:
        """Add to the realised sums of a truth (they are summed over blocks)."""
        values = self.realised.setdefault(truth, {})
        for name, value in sums.items():
            values[name] = values.get(name, 0.0) + float(value)
