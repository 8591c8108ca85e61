"""What every part of the synthetic bank shares: arguments, calendar, streams, global tables."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, fields

import numpy as np

from bullion.errors import BullionError
from bullion.synth import streams
from bullion.synth.market.state import Catalogue, Economy, Network

SEED = 42
"""The default bank's, which the demo makes."""

BLOCK_SIZE = 1250
"""Customers of a block: small enough that the default bank feeds several workers."""

IDS_PER_BLOCK = 10_000_000
SECONDS_PER_DAY = 86_400
NEVER = 99_999
"""Day number that stands for "not within the bank's life" (year 2243)."""

MOST_CURRENCIES = 4
"""So that four customers in five at most keep accounts in another currency than the bank's own."""

OTHER_CURRENCIES = {
    "EUR": 1.09, "GBP": 1.27, "CHF": 1.13, "CAD": 0.74, "CZK": 0.0435, "PLN": 0.25
}  # fmt: skip
"""What a unit of each currency that a bank may have beside its own was worth at first."""

TRUTHS = tuple(f"T{number:02d}" for number in range(1, 25))
"""Ids of what is planted; truth/registry.py has one declaration for each."""


def day_number(date: dt.date) -> int:
    """Days since 1970-01-01."""
    return date.toordinal() - dt.date(1970, 1, 1).toordinal()


def to_date(day: int) -> dt.date:
    """The date of a day number."""
    return dt.date.fromordinal(int(day) + dt.date(1970, 1, 1).toordinal())


@dataclass
class BankPlan:
    """Arguments of one bank and what follows from them alone: calendar, blocks, random streams.

    ``start`` is the first day of a month, ``end`` the last day of a month. Months are numbered
    0..months-1 from ``start``; ``month_starts`` has months+1 day numbers (the last one is the day
    after ``end``).
    """

    seed: int = SEED
    customers: int = 5000
    start: dt.date = dt.date(2022, 1, 1)
    end: dt.date = dt.date(2025, 12, 31)
    null: bool = False
    without: frozenset[str] = frozenset()
    currencies: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.customers < 1:
            raise BullionError(f"--customers must be at least 1, not {self.customers}.")
        if self.start.day != 1:
            raise BullionError(f"--start must be the first day of a month, not {self.start}.")
        if (self.end + dt.timedelta(days=1)).day != 1:
            raise BullionError(f"--end must be the last day of a month, not {self.end}.")
        if self.end <= self.start:
            raise BullionError(f"--end ({self.end}) must come after --start ({self.start}).")
        unknown = sorted(self.without - set(TRUTHS))
        if unknown:
            raise BullionError(
                f"--without: no truth is called {', '.join(unknown)};"
                f" known: {TRUTHS[0]} to {TRUTHS[-1]}."
            )
        for currency in self.currencies:
            if currency not in OTHER_CURRENCIES or self.currencies.count(currency) > 1:
                raise BullionError(
                    f"--currencies: name each once, of {', '.join(OTHER_CURRENCIES)},"
                    f" not {currency}."
                )
        if len(self.currencies) > MOST_CURRENCIES:
            raise BullionError(f"--currencies: at most {MOST_CURRENCIES} beside the bank's own.")
        self.start_day = day_number(self.start)
        self.end_day = day_number(self.end)
        first = np.datetime64(self.start, "M")
        self.months = (self.end.year - self.start.year) * 12 + self.end.month - self.start.month + 1
        self.month_starts = (
            (first + np.arange(self.months + 1)).astype("datetime64[D]").astype(np.int64)
        )

    @property
    def blocks(self) -> int:
        """Number of customer blocks."""
        return -(-self.customers // BLOCK_SIZE)

    def block_range(self, block: int) -> tuple[int, int]:
        """First global customer index of the block and the one after its last."""
        return block * BLOCK_SIZE, min((block + 1) * BLOCK_SIZE, self.customers)

    def has(self, truth: str) -> bool:
        """Whether this truth's effect is planted (draws are made either way)."""
        if truth not in TRUTHS:
            raise ValueError(f"unknown truth {truth}")
        return not self.null and truth not in self.without

    def rng(self, table: str, truth: str = "", block: int = -1) -> np.random.Generator:
        """The independent stream of (table, truth, block); block -1 is for global tables."""
        return streams.generator(self.seed, table, truth, block)

    def row_ids(self, block: int, count: int) -> np.ndarray:
        """Consecutive integers, unique over blocks, for the rows of one table of a block."""
        return block * IDS_PER_BLOCK + 1 + np.arange(count, dtype=np.int64)

    def month_of(self, days: np.ndarray) -> np.ndarray:
        """Month number of day numbers: negative before the window, >= months after it."""
        months = np.asarray(days).astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
        return months - (self.start.year - 1970) * 12 - (self.start.month - 1)

    def month_start(self, months: np.ndarray) -> np.ndarray:
        """Day number of the first day of any month number (also outside the window)."""
        base = (self.start.year - 1970) * 12 + self.start.month - 1
        return (
            (np.asarray(months, dtype=np.int64) + base)
            .astype("datetime64[M]")
            .astype("datetime64[D]")
            .astype(np.int64)
        )


@dataclass(kw_only=True)
class BankContext(BankPlan):
    """A plan with the market in which its customers live."""

    products: Catalogue
    network: Network
    economy: Economy

    @classmethod
    def of(
        cls, plan: BankPlan, products: Catalogue, network: Network, economy: Economy
    ) -> BankContext:
        """The context of a plan in a market."""
        arguments = {each.name: getattr(plan, each.name) for each in fields(plan)}
        return cls(**arguments, products=products, network=network, economy=economy)
