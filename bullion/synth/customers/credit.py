"""T04, T05: credit applications, their decisions and rates; which loans and cards come of them.

Whoever comes to hold a loan applies until approved; every attempt draws its score and debt ratio
anew, so that all attempts together keep the planted distributions (a stopping rule does not
change the distribution of independent draws) and decisions follow T05 exactly.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bullion.synth import context
from bullion.synth.customers import world
from bullion.synth.market import products
from bullion.synth.planted import PlantedTruth

SCORE_MEAN, SCORE_SD = 705.0, 70.0
DTI_SHAPE = (4.0, 8.0)
GATE = 660
APPROVAL_BASE, APPROVAL_DTI = 0.4, -3.0
ODDS_RATIO_PER_50 = 2.2
EMPLOYMENT_EFFECT = (0.0, -0.2, -0.3, -0.6, -1.0)
PENDING_SHARE = 0.02
RATE_BASE, RATE_SCORE, RATE_DTI, RATE_SD = 8.0, -0.02, 4.0, 0.9
RATE_STEP, RATE_STEP_SCORE = -1.5, 720
MOST_ATTEMPTS = 16
DAYS_PER_ATTEMPT = 80
EARLY_POWER = 2.2
"""Above 1, borrowers apply earlier in their life at the bank than uniformly."""
APPROVED, DECLINED, PENDING = range(3)
REASONS = (
    "Policy: credit score below 660",
    "Debt to income too high",
    "Income not verified",
    "Insufficient credit history",
)

T04 = PlantedTruth(
    id="T04",
    name="approved rate falls by a step at a score of 720",
    parameters={
        "base_points": RATE_BASE,
        "federal_funds_coefficient": 1.0,
        "score_points": RATE_SCORE,
        "debt_ratio_points": RATE_DTI,
        "product_add_on_points": {
            products.NAMES[code]: points for code, points in products.RATE_ADD_ON.items()
        },
        "noise_sd_points": RATE_SD,
        "cutoff_score": RATE_STEP_SCORE,
    },
    estimand={f"step_points_at_{RATE_STEP_SCORE}": RATE_STEP},
    null_estimand={f"step_points_at_{RATE_STEP_SCORE}": 0.0},
    population="credit_applications that were approved; federal funds rate last published on or"
    " before the decision",
)
T05 = PlantedTruth(
    id="T05",
    name="approval rises with the credit score",
    parameters={
        "score": [SCORE_MEAN, SCORE_SD],
        "debt_ratio_beta": list(DTI_SHAPE),
        "gate": GATE,
        "base": APPROVAL_BASE,
        "debt_ratio": APPROVAL_DTI,
        "employment": dict(zip(world.EMPLOYMENT, EMPLOYMENT_EFFECT, strict=True)),
        "pending_share": PENDING_SHARE,
    },
    estimand={"log_odds_ratio_per_50_points": float(np.log(ODDS_RATIO_PER_50))},
    null_estimand={"log_odds_ratio_per_50_points": 0.0},
    population=f"credit_applications that were decided, with a score from {GATE} on; conditional on"
    " debt ratio and employment",
)

_TERMS = {
    products.PERSONAL: (36, 48, 60),
    products.AUTO: (48, 60, 72),
    products.MORTGAGE: (180, 240, 360),
    products.STUDENT: (120, 120, 120),
    products.CARD: (0, 0, 0),
}
_MEDIAN_AMOUNT = {
    products.PERSONAL: 12_000,
    products.AUTO: 27_000,
    products.MORTGAGE: 240_000,
    products.STUDENT: 24_000,
    products.CARD: 9_000,
}


@dataclass
class Applications:
    """Applications of a block, ordered by date; days are day numbers, money cents.

    ``slot`` is the product applied for; ``opens`` marks the approved one that led to an account
    on ``open_day`` (before anyone leaves). ``probability`` is the true chance of approval.
    """

    customer: NDArray[np.int64]
    slot: NDArray[np.int64]
    day: NDArray[np.int64]
    decision_day: NDArray[np.int64]
    decision: NDArray[np.int64]
    reason: NDArray[np.int64]
    score: NDArray[np.int64]
    dti: NDArray[np.float64]
    amount: NDArray[np.int64]
    term: NDArray[np.int64]
    rate: NDArray[np.float64]
    probability: NDArray[np.float64]
    opens: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.customer)


@dataclass
class Loans:
    """Loans (before anyone leaves): one element each; ``rate`` is a fraction a year."""

    customer: NDArray[np.int64]
    slot: NDArray[np.int64]
    open_day: NDArray[np.int64]
    principal: NDArray[np.int64]
    term: NDArray[np.int64]
    rate: NDArray[np.float64]
    score: NDArray[np.int64]
    dti: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.customer)


def approval_probability(
    ctx: context.BankContext, score: NDArray, dti: NDArray, employment: NDArray
) -> NDArray[np.float64]:
    """T05: chance of approval of a decided application; zero under the gate of 660."""
    slope = np.log(ODDS_RATIO_PER_50) / 50 if ctx.has("T05") else 0.0
    logit = (
        APPROVAL_BASE
        + slope * (score - 700)
        + APPROVAL_DTI * (dti - 0.33)
        + np.asarray(EMPLOYMENT_EFFECT)[employment]
    )
    return np.where(score < GATE, 0.0, 1 / (1 + np.exp(-logit)))


def draw_credit(
    ctx: context.BankContext,
    block: world.Block,
    held: NDArray[np.bool_],
    open_days: NDArray[np.int64],
) -> tuple[Applications, Loans, NDArray[np.int64]]:
    """Applications and loans of a block, and the credit limit (cents) of each customer's card.

    Writes the loans' days into ``open_days``. Cards taken at signup are offered, the others are
    applied for.
    """
    seekers, slots = _seekers(held, open_days, block)
    shape = (len(seekers), MOST_ATTEMPTS)
    score, dti = _draw_file(ctx, block, shape)
    rng = ctx.rng("credit_applications", "T05", block.number)
    chance = approval_probability(ctx, score, dti, block.employment[seekers][:, None])
    approved = rng.random(shape) < chance
    pending = rng.random(shape) < PENDING_SHARE
    success = approved & ~pending
    attempts = np.where(np.any(success, axis=1), success.argmax(axis=1) + 1, MOST_ATTEMPTS)
    granted = np.asarray(success.any(axis=1))
    cards = slots == products.CARD
    day, decision_day, opening = _dates(
        ctx, block, seekers, cards, attempts, open_days[seekers, slots]
    )
    made = (np.arange(MOST_ATTEMPTS) < attempts[:, None]) & (day <= ctx.end_day)
    row, turn = np.nonzero(made)
    decision = np.where(pending, PENDING, np.where(approved, APPROVED, DECLINED))[row, turn]
    rng = ctx.rng("credit_applications", "attributes", block.number)
    reason = np.where(score < GATE, 0, rng.integers(1, 4, shape))[row, turn]
    amount, term = _terms(rng, slots)
    applications = Applications(
        customer=seekers[row],
        slot=slots[row],
        day=day[row, turn],
        decision_day=decision_day[row, turn],
        decision=np.where(decision_day[row, turn] > ctx.end_day, PENDING, decision),
        reason=np.where(decision == DECLINED, reason, -1),
        score=score[row, turn],
        dti=dti[row, turn],
        amount=amount[row],
        term=term[row],
        rate=np.zeros(len(row)),
        probability=chance[row, turn],
        opens=granted[row] & (turn == attempts[row] - 1),
    )
    _price(ctx, block, applications)
    got: NDArray[np.bool_] = granted & (opening <= ctx.end_day)
    final = np.flatnonzero(applications.opens)
    limits = np.full(len(block), -1, dtype=np.int64)
    limits[seekers[cards & got]] = amount[cards & got]
    open_days[seekers[cards & ~got], products.CARD] = context.NEVER
    loan = got & ~cards
    open_days[seekers[loan], slots[loan]] = opening[loan]
    at = np.full(len(seekers), -1)
    at[row[final]] = final
    last = at[loan]
    loans = Loans(
        customer=seekers[loan],
        slot=slots[loan],
        open_day=opening[loan],
        principal=amount[loan],
        term=term[loan],
        rate=applications.rate[last],
        score=applications.score[last],
        dti=applications.dti[last],
    )
    order = np.argsort(applications.day, kind="stable")
    for name, values in vars(applications).items():
        setattr(applications, name, values[order])
    return applications, loans, limits


def _seekers(
    held: NDArray[np.bool_], open_days: NDArray[np.int64], block: world.Block
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    wanted = np.zeros_like(held)
    for product in products.LOANS:
        wanted[:, product] = held[:, product]
    card_day = open_days[:, products.CARD]
    wanted[:, products.CARD] = (card_day != context.NEVER) & (card_day > block.signup_day)
    cells = np.argwhere(wanted)
    return cells[:, 0], cells[:, 1]


def _draw_file(
    ctx: context.BankContext, block: world.Block, shape: tuple[int, int]
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    rng = ctx.rng("credit_applications", "file", block.number)
    score = np.clip(np.rint(rng.normal(SCORE_MEAN, SCORE_SD, shape)), 300, 850).astype(np.int64)
    return score, np.round(rng.beta(*DTI_SHAPE, shape), 4)


def _dates(
    ctx: context.BankContext,
    block: world.Block,
    seekers: NDArray[np.int64],
    cards: NDArray[np.bool_],
    attempts: NDArray[np.int64],
    card_day: NDArray[np.int64],
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Days of application and decision (attempts in columns) and of opening (one a row).

    Application <= decision <= next application, the last decision <= opening. Loans go forward
    from a first day that knows nothing of the outcomes (attempts after the end are simply not
    made yet, which leaves the decisions seen unbiased); cards go back from their given day, the
    sequence compressed where there is too little time since signup.
    """
    rng = ctx.rng("credit_applications", "dates", block.number)
    shape = (len(seekers), MOST_ATTEMPTS)
    gap = rng.integers(30, DAYS_PER_ATTEMPT, shape)
    lag = rng.integers(0, 15, shape)
    wait = rng.integers(1, 10, len(seekers))
    span = np.maximum(ctx.end_day - 20 - block.signup_day[seekers], 1)
    early = rng.random(len(seekers)) ** EARLY_POWER
    start = block.signup_day[seekers] + (early * span).astype(np.int64)
    day = start[:, None] + np.cumsum(gap, axis=1) - gap[:, :1]
    last = (np.arange(len(seekers)), attempts - 1)
    opening = np.where(cards, card_day, (day + lag)[last] + wait)
    length = np.maximum((day + lag)[last] + wait - start, 1)
    room = opening - block.signup_day[seekers]
    scale = np.where(cards, np.minimum(1.0, room / length), 1.0)
    begin = np.where(cards, opening - np.floor(length * scale).astype(np.int64), start)
    elapsed = day - start[:, None]
    applied = begin[:, None] + np.floor(elapsed * scale[:, None]).astype(np.int64)
    decided = begin[:, None] + np.floor((elapsed + lag) * scale[:, None]).astype(np.int64)
    return applied, decided, opening


def _terms(
    rng: np.random.Generator, slots: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    n = len(slots)
    median = np.zeros(products.N_HELD)
    terms = np.zeros((products.N_HELD, 3), dtype=np.int64)
    for slot, choices in _TERMS.items():
        median[slot], terms[slot] = _MEDIAN_AMOUNT[slot], choices
    amount = np.rint(median[slots] * np.exp(0.4 * rng.standard_normal(n)) / 100) * 100
    return amount.astype(np.int64) * 100, terms[slots, rng.integers(0, 3, n)]


def _price(ctx: context.BankContext, block: world.Block, made: Applications) -> None:
    """T04: the approved rate, with its step at a score of 720 (points, kept to 0.0001)."""
    noise = ctx.rng("credit_applications", "T04", block.number).standard_normal(len(made))
    add_on = np.zeros(products.N_HELD)
    for slot, added in products.RATE_ADD_ON.items():
        add_on[slot] = added
    points: NDArray[np.float64] = (
        RATE_BASE
        + ctx.economy.funds_at(made.decision_day)
        + add_on[made.slot]
        + RATE_SCORE * (made.score - 700)
        + RATE_DTI * (made.dti - 0.33)
        + (RATE_STEP if ctx.has("T04") else 0.0) * (made.score >= RATE_STEP_SCORE)
        + RATE_SD * noise
    )
    made.rate[:] = np.round(points, 4) / 100
