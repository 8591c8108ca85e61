"""The product catalogue: checking (everybody's) and the 14 products of T20."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bullion.synth import context
from bullion.synth.customers import world
from bullion.synth.files import columns as col
from bullion.synth.files import keys
from bullion.synth.market.state import Catalogue

NO_ACCOUNT = -1
"""Kind of products without an account."""


@dataclass(frozen=True)
class _Row:
    """A product; money in whole currency units, rates as fractions a year."""

    name: str
    category: str
    tier: str
    kind: int
    years_before: int
    risk: str
    rate: float = 0.0
    min_balance: float = 0
    monthly_fee: float = 0
    annual_fee: float = 0.0
    fixed_fee: float = 0
    overdraft: float = 0
    least: float = 0
    on_sale: bool = True


_ROWS = (
    _Row(
        "Everyday Checking",
        "Deposit",
        "Basic",
        world.CHECKING,
        22,
        "Low",
        rate=0.0005,
        overdraft=500,
    ),
    _Row("Rewards Credit Card", "Credit", "Standard", world.CARD, 18, "Medium", rate=0.219),
    _Row("Personal Loan", "Loan", "Standard", world.LOAN, 20, "High", rate=0.17),
    _Row("Flex Savings", "Deposit", "Standard", world.SAVINGS, 19, "Low"),
    _Row(
        "Certificate of Deposit",
        "Deposit",
        "Standard",
        world.CD,
        21,
        "Low",
        rate=0.035,
        min_balance=500,
        least=500,
    ),
    _Row("Auto Loan", "Loan", "Standard", world.LOAN, 20, "Medium", rate=0.11),
    _Row("Auto Insurance", "Insurance", "Standard", world.POLICY, 17, "Low", monthly_fee=95),
    _Row("Home Mortgage", "Loan", "Premium", world.LOAN, 21, "Medium", rate=0.08),
    _Row("Home Insurance", "Insurance", "Standard", world.POLICY, 17, "Low", monthly_fee=120),
    _Row(
        "Brokerage Account",
        "Investment",
        "Premium",
        world.INVESTMENT,
        16,
        "High",
        annual_fee=0.0025,
        least=1000,
    ),
    _Row(
        "Retirement Fund",
        "Investment",
        "Standard",
        world.INVESTMENT,
        19,
        "Medium",
        annual_fee=0.006,
        least=500,
    ),
    _Row("Life Insurance", "Insurance", "Premium", world.POLICY, 18, "Low", monthly_fee=60),
    _Row(
        "Managed Portfolio",
        "Investment",
        "Premium",
        world.INVESTMENT,
        16,
        "Medium",
        annual_fee=0.009,
        fixed_fee=25.0,
        least=5000,
    ),
    _Row("Fixed Savings", "Deposit", "Standard", world.SAVINGS, 20, "Low", rate=0.0275),
    _Row("Student Loan", "Loan", "Basic", world.LOAN, 18, "Medium", rate=0.11),
    _Row(
        "Premium Checking",
        "Deposit",
        "Premium",
        world.CHECKING,
        20,
        "Low",
        rate=0.005,
        min_balance=1500,
        monthly_fee=12.0,
        overdraft=2000,
    ),
    _Row(
        "Business Checking",
        "Deposit",
        "Business",
        world.CHECKING,
        20,
        "Low",
        rate=0.001,
        min_balance=500,
        monthly_fee=15.0,
        overdraft=5000,
    ),
    _Row("Christmas Club", "Deposit", "Basic", NO_ACCOUNT, 24, "Low", rate=0.01, on_sale=False),
)

NAMES = tuple(row.name for row in _ROWS)

EVERYDAY, CARD, PERSONAL, FLEX, CD, AUTO, AUTO_INSURANCE, MORTGAGE, HOME_INSURANCE = range(9)
BROKERAGE, RETIREMENT, LIFE, MANAGED, FIXED, STUDENT, PREMIUM, BUSINESS = range(9, 17)

N_HELD = 15
"""Products 0..14 are the slots of a customer: checking and the 14 products of T20."""

# T20: P(ever held) of products 1..14 among customers whose life is not cut short by leaving.
HELD_PROBABILITY = {
    CARD: 0.45, PERSONAL: 0.23, FLEX: 0.17, CD: 0.10, AUTO: 0.18, AUTO_INSURANCE: 0.12,
    MORTGAGE: 0.14, HOME_INSURANCE: 0.10, BROKERAGE: 0.14, RETIREMENT: 0.12, LIFE: 0.13,
    MANAGED: 0.09, FIXED: 0.16, STUDENT: 0.10,
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


def make_catalogue(ctx: context.BankPlan) -> Catalogue:
    """The catalogue; launched long before the first customer."""
    return Catalogue(
        name=list(NAMES),
        category=[row.category for row in _ROWS],
        tier=[row.tier for row in _ROWS],
        kind=np.array([row.kind for row in _ROWS]),
        rate=np.array([row.rate for row in _ROWS]),
        annual_fee=np.array([row.annual_fee for row in _ROWS]),
        monthly_fee=_cents([row.monthly_fee for row in _ROWS]),
        overdraft=_cents([row.overdraft for row in _ROWS]),
        launch_day=ctx.start_day - np.array([row.years_before for row in _ROWS]) * 365 + 11,
    )


def _cents(amounts: list[float]) -> NDArray[np.int64]:
    return np.rint(np.array(amounts) * 100).astype(np.int64)


def products_table(ctx: context.BankContext) -> col.Columns:
    """The products table; the variable savings rate is the one in force at the end."""
    catalogue = ctx.products
    current = catalogue.rate.copy()
    current[FLEX] = ctx.economy.savings_rate(np.array([ctx.end_day]))[0] / 100
    investment = catalogue.kind == world.INVESTMENT
    has_rate = ~np.isin(catalogue.kind, (world.INVESTMENT, world.POLICY, NO_ACCOUNT))
    least = _cents([row.least for row in _ROWS])
    return {
        "product_id": keys.key("product", np.arange(len(catalogue)) + 1),
        "product_name": col.texts(catalogue.name),
        "category": col.texts(catalogue.category),
        "product_tier": col.texts(catalogue.tier),
        "interest_rate": col.rate(current, has_rate),
        "min_balance": col.money(_cents([row.min_balance for row in _ROWS])),
        "monthly_fee": col.money(catalogue.monthly_fee),
        "annual_fee_pct": col.rate(catalogue.annual_fee, investment),
        "management_fee_fixed": col.money(_cents([row.fixed_fee for row in _ROWS])),
        "overdraft_limit": col.money(catalogue.overdraft, catalogue.kind == world.CHECKING),
        "min_investment": col.money(least, least > 0),
        "risk_level": col.texts([row.risk for row in _ROWS]),
        "is_premium": col.booleans(np.array([row.tier == "Premium" for row in _ROWS])),
        "launch_date": col.dates(catalogue.launch_day),
        "is_active": col.booleans(np.array([row.on_sale for row in _ROWS])),
    }
