"""The product catalogue: checking (everybody's) and the 14 products of T20."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bullion.synth import columns as col
from bullion.synth import context, keys, world

INSURANCE = -1
"""Kind of products without an account."""

# name, category, tier, kind, rate, min balance, monthly fee, annual fee, fixed fee, overdraft,
# least investment, risk level, years launched before the window, on sale
_ROWS = (
    ("Everyday Checking", "Deposit", "Basic", world.CHECKING, 0.0005, 0, 0, 0.0, 0, 500, 0, "Low", 22, True),
    ("Rewards Credit Card", "Credit", "Standard", world.CARD, 0.2190, 0, 0, 0.0, 0, 0, 0, "Medium", 18, True),
    ("Personal Loan", "Loan", "Standard", world.LOAN, 0.1700, 0, 0, 0.0, 0, 0, 0, "High", 20, True),
    ("Flex Savings", "Deposit", "Standard", world.SAVINGS, 0.0000, 0, 0, 0.0, 0, 0, 0, "Low", 19, True),
    ("Certificate of Deposit", "Deposit", "Standard", world.CD, 0.0350, 500, 0, 0.0, 0, 0, 500, "Low", 21, True),
    ("Auto Loan", "Loan", "Standard", world.LOAN, 0.1100, 0, 0, 0.0, 0, 0, 0, "Medium", 20, True),
    ("Auto Insurance", "Insurance", "Standard", INSURANCE, 0.0, 0, 95, 0.0, 0, 0, 0, "Low", 17, True),
    ("Home Mortgage", "Loan", "Premium", world.LOAN, 0.0800, 0, 0, 0.0, 0, 0, 0, "Medium", 21, True),
    ("Home Insurance", "Insurance", "Standard", INSURANCE, 0.0, 0, 120, 0.0, 0, 0, 0, "Low", 17, True),
    ("Brokerage Account", "Investment", "Premium", world.INVESTMENT, 0.0, 0, 0, 0.0025, 0, 0, 1000, "High", 16, True),
    ("Retirement Fund", "Investment", "Standard", world.INVESTMENT, 0.0, 0, 0, 0.0060, 0, 0, 500, "Medium", 19, True),
    ("Life Insurance", "Insurance", "Premium", INSURANCE, 0.0, 0, 60, 0.0, 0, 0, 0, "Low", 18, True),
    ("Managed Portfolio", "Investment", "Premium", world.INVESTMENT, 0.0, 0, 0, 0.0090, 2500, 0, 5000, "Medium", 16, True),
    ("Fixed Savings", "Deposit", "Standard", world.SAVINGS, 0.0275, 0, 0, 0.0, 0, 0, 0, "Low", 20, True),
    ("Student Loan", "Loan", "Basic", world.LOAN, 0.1100, 0, 0, 0.0, 0, 0, 0, "Medium", 18, True),
    ("Premium Checking", "Deposit", "Premium", world.CHECKING, 0.0050, 1500, 1200, 0.0, 0, 2000, 0, "Low", 20, True),
    ("Business Checking", "Deposit", "Business", world.CHECKING, 0.0010, 500, 1500, 0.0, 0, 5000, 0, "Low", 20, True),
    ("Christmas Club", "Deposit", "Basic", INSURANCE, 0.0100, 0, 0, 0.0, 0, 0, 0, "Low", 24, False),
)  # fmt: skip

EVERYDAY, CARD, PERSONAL, FLEX, CD, AUTO, AUTO_INSURANCE, MORTGAGE, HOME_INSURANCE = range(9)
BROKERAGE, RETIREMENT, LIFE, MANAGED, FIXED, STUDENT, PREMIUM, BUSINESS = range(9, 17)

N_HELD = 15
"""Products 0..14 are the slots of a customer: checking and the 14 products of T20."""

# T20: P(ever held) of products 1..14 among customers whose life is not cut short by leaving.
HELD_PROBABILITY = {
    CARD: 0.45, PERSONAL: 0.20, FLEX: 0.17, CD: 0.08, AUTO: 0.15, AUTO_INSURANCE: 0.10,
    MORTGAGE: 0.12, HOME_INSURANCE: 0.09, BROKERAGE: 0.14, RETIREMENT: 0.12, LIFE: 0.12,
    MANAGED: 0.08, FIXED: 0.16, STUDENT: 0.08,
}  # fmt: skip
PAIRS = (
    (CARD, PERSONAL),
    (FLEX, CD),
    (AUTO, AUTO_INSURANCE),
    (MORTGAGE, HOME_INSURANCE),
    (BROKERAGE, RETIREMENT),
    (LIFE, MANAGED),
)
LOANS = (PERSONAL, AUTO, MORTGAGE, STUDENT)
# T04: points of interest that the kind of product adds.
RATE_ADD_ON = {MORTGAGE: 0.0, AUTO: 3.0, STUDENT: 3.0, PERSONAL: 9.0, CARD: 9.0}


@dataclass(frozen=True)
class Catalogue:
    """Products, one element each (codes are the constants above; product id number = code + 1)."""

    name: list[str]
    category: list[str]
    tier: list[str]
    kind: NDArray[np.int64]
    rate: NDArray[np.float64]
    launch_day: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.name)


def make_catalogue(ctx: context.BankContext) -> Catalogue:
    """The catalogue; launched long before the first customer."""
    return Catalogue(
        name=[row[0] for row in _ROWS],
        category=[row[1] for row in _ROWS],
        tier=[row[2] for row in _ROWS],
        kind=np.array([row[3] for row in _ROWS]),
        rate=np.array([row[4] for row in _ROWS]),
        launch_day=ctx.start_day - np.array([row[12] for row in _ROWS]) * 365 + 11,
    )


def products_table(ctx: context.BankContext) -> col.Columns:
    """The products table; fees above are whole currency units but monthly fees, in cents."""
    catalogue = ctx.products
    whole = {
        name: np.array([row[place] for row in _ROWS], dtype=np.int64) * 100
        for name, place in (("min", 5), ("fixed", 8), ("overdraft", 9), ("least", 10))
    }
    monthly = np.array([row[6] for row in _ROWS], dtype=np.int64)
    monthly = np.where(catalogue.kind == INSURANCE, monthly * 100, monthly)
    current = catalogue.rate.copy()
    current[FLEX] = ctx.economy.savings_rate(np.array([ctx.end_day]))[0] / 100
    investment = catalogue.kind == world.INVESTMENT
    return {
        "product_id": keys.key("product", np.arange(len(catalogue)) + 1),
        "product_name": col.texts(catalogue.name),
        "category": col.texts(catalogue.category),
        "product_tier": col.texts(catalogue.tier),
        "interest_rate": col.rate(current, ~investment & (catalogue.kind != INSURANCE)),
        "min_balance": col.money(whole["min"]),
        "monthly_fee": col.money(monthly),
        "annual_fee_pct": col.rate(np.array([row[7] for row in _ROWS]), investment),
        "management_fee_fixed": col.money(whole["fixed"] // 100),
        "overdraft_limit": col.money(whole["overdraft"], catalogue.kind == world.CHECKING),
        "min_investment": col.money(whole["least"], whole["least"] > 0),
        "risk_level": col.texts([row[11] for row in _ROWS]),
        "is_premium": col.booleans(np.array([tier == "Premium" for tier in catalogue.tier])),
        "launch_date": col.dates(catalogue.launch_day),
        "is_active": col.booleans(np.array([row[13] for row in _ROWS])),
    }
