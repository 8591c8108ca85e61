"""T06, T11: instalments of loans: amortisation to the cent, lateness, default, payoff."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bullion.synth import context
from bullion.synth.customers import holdings
from bullion.synth.customers.credit import Loans
from bullion.synth.customers.world import Block
from bullion.synth.planted import PlantedTruth

DEFAULT_BASE, DEFAULT_SCORE, DEFAULT_DTI, DEFAULT_UNEMPLOYMENT = -5.5, -0.011, 2.5, 0.30
SCORE_CENTRE, DTI_CENTRE, UNEMPLOYMENT_CENTRE = 700, 0.30, 4.5
LATE_CHANCE, LATE_FRAILTY_SD = 0.03, 1.0
LATE_AUTOPAY, LATE_NO_AUTOPAY, LATE_TWO_PRODUCTS = 0.6, 1.3, 1.3
SLIGHTLY_LATE = 0.10
LATE_DAYS, LATE_MEMORY_MONTHS = 30, 6
LATE_FEE_CENTS, LATE_FEE_FROM_DAYS = 3900, 15
CHARGE_OFF_DAYS = 120
# Bins of ln(chance of default) in which T06's true discrimination is tallied (0.005 wide).
LOWEST_LOG_CHANCE, BINS_PER_LOG, N_BINS = -12.0, 200, 2400

_DEFAULT_EFFECTS = {
    "logit_score": DEFAULT_SCORE,
    "logit_debt_ratio": DEFAULT_DTI,
    "logit_unemployment_point": DEFAULT_UNEMPLOYMENT,
}
T06 = PlantedTruth(
    id="T06",
    name="default follows score, debt ratio and unemployment",
    parameters={
        "base": DEFAULT_BASE,
        "score_centre": SCORE_CENTRE,
        "debt_ratio_centre": DTI_CENTRE,
        "unemployment_centre": UNEMPLOYMENT_CENTRE,
    },
    estimand=_DEFAULT_EFFECTS,
    null_estimand=dict.fromkeys(_DEFAULT_EFFECTS, 0.0),
    population="instalments of loan_payments (several payments to one are one), one a month of each"
    " loan until default, payoff or leaving; score"
    " and debt ratio of its application, unemployment (points) last published before the month",
)


@dataclass
class Schedule:
    """Instalments of all loans of a block before anyone leaves: (loans, k) arrays.

    ``exists`` marks instalments due by the bank's end and not after default or term; money in
    cents; ``balance_before`` is what is owed before the instalment; ``late`` days (0 = on time).
    """

    exists: NDArray[np.bool_]
    due: NDArray[np.int64]
    payment: NDArray[np.int64]
    interest: NDArray[np.int64]
    balance_before: NDArray[np.int64]
    late: NDArray[np.int64]
    defaulted: NDArray[np.bool_]
    default_chance: NDArray[np.float64]


def default_hazard(
    ctx: context.BankContext, score: NDArray, dti: NDArray, unemployment: NDArray
) -> NDArray[np.float64]:
    """T06: chance of default in a month; unemployment in percentage points."""
    on = 1.0 if ctx.has("T06") else 0.0
    logit = DEFAULT_BASE + on * (
        DEFAULT_SCORE * (score - SCORE_CENTRE)
        + DEFAULT_DTI * (dti - DTI_CENTRE)
        + DEFAULT_UNEMPLOYMENT * (unemployment - UNEMPLOYMENT_CENTRE)
    )
    return 1 / (1 + np.exp(-logit))


def draw_schedule(
    ctx: context.BankContext, block: Block, loans: Loans, open_days: NDArray
) -> Schedule:
    """All instalments of the block's loans, as they would go if nobody left.

    The first is due a month after opening, on the same day of the month (at most the 28th).
    """
    n = len(loans)
    open_month = ctx.month_of(loans.open_day)
    day = np.minimum(loans.open_day - ctx.month_start(open_month), 27)
    longest = int(max(1, (ctx.months - open_month).max(initial=1)))
    k = np.arange(longest)
    due = ctx.month_start(open_month[:, None] + 1 + k) + day[:, None]
    payment, interest, before = _amortise(loans, longest)
    number = block.number
    start_of_month = ctx.month_start(open_month[:, None] + 1 + k)
    unemployment = ctx.economy.unemployment_before(start_of_month)
    chance = default_hazard(ctx, loans.score[:, None], loans.dti[:, None], unemployment)
    broken = ctx.rng("loan_payments", "T06", number).random((n, longest)) < chance
    alive = (k < loans.term[:, None]) & (due <= ctx.end_day)
    first_break = np.where((broken & alive).any(1), (broken & alive).argmax(1), longest)
    exists = alive & (k <= first_break[:, None])
    products_held = _products_at(open_days, loans.customer, start_of_month)
    late = _lateness(ctx, block, loans.customer, products_held)
    defaulted = exists & (k == first_break[:, None])
    return Schedule(
        exists=exists,
        due=due,
        payment=payment,
        interest=interest,
        balance_before=before,
        late=np.where(defaulted, 0, late),
        defaulted=defaulted,
        default_chance=chance,
    )


def _products_at(open_days: NDArray, customer: NDArray, when: NDArray) -> NDArray[np.int64]:
    count = np.ones(when.shape, dtype=np.int64)
    for product in holdings.COUNTED:
        count += open_days[customer, product][:, None] < when
    return count


def _amortise(
    loans: Loans, longest: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Level payment in cents; the last instalment pays exactly what is left."""
    monthly = loans.rate / 12
    level = np.ceil(loans.principal * monthly / -np.expm1(-loans.term * np.log1p(monthly))).astype(
        np.int64
    )
    shape = (len(loans), longest)
    payment, interest, before = (np.zeros(shape, dtype=np.int64) for _ in range(3))
    balance = loans.principal.copy()
    for step in range(longest):
        due = np.rint(balance * monthly).astype(np.int64)
        paid = np.where(step >= loans.term - 1, balance + due, np.minimum(level, balance + due))
        before[:, step], interest[:, step], payment[:, step] = balance, due, paid
        balance = balance + due - paid
    return payment, interest, before


def _lateness(
    ctx: context.BankContext, block: Block, customer: NDArray, products_held: NDArray
) -> NDArray[np.int64]:
    """T11: days late; 30 or more with chance 0.03 x frailty (mean 1) x autopay x products."""
    rng = ctx.rng("loan_payments", "T11", block.number)
    frailty = np.exp(LATE_FRAILTY_SD * rng.standard_normal(len(block)) - LATE_FRAILTY_SD**2 / 2)
    factor = LATE_CHANCE * frailty * np.where(block.autopay, LATE_AUTOPAY, LATE_NO_AUTOPAY)
    chance = factor[customer][:, None] * np.where(products_held >= 2, LATE_TWO_PRODUCTS, 1.0)
    shape = products_held.shape
    point = rng.random(shape)
    long = LATE_DAYS + np.minimum(rng.exponential(14, shape), 58).astype(np.int64)
    short = rng.integers(1, 15, shape)
    return np.where(point < chance, long, np.where(point > 1 - SLIGHTLY_LATE, short, 0))


def late_matrix(
    ctx: context.BankContext, block: Block, loans: Loans, schedule: Schedule
) -> NDArray[np.bool_]:
    """(n, months): at the start of the month, a payment 30+ days late became known within 180 d.

    "Known" is due date + 30 days; 180 days are the six calendar months before.
    """
    row, k = np.nonzero(schedule.exists & (schedule.late >= LATE_DAYS))
    month = ctx.month_of(schedule.due[row, k] + LATE_DAYS)
    back = LATE_MEMORY_MONTHS
    width = ctx.months + back
    keep = (month >= -back) & (month < ctx.months)
    cell = loans.customer[row][keep] * width + month[keep] + back
    known = np.bincount(cell, minlength=len(block) * width).reshape(len(block), width)
    total = np.concatenate((np.zeros((len(block), 1)), np.cumsum(known, axis=1)), axis=1)
    return (total[:, back : back + ctx.months] - total[:, : ctx.months]) > 0
