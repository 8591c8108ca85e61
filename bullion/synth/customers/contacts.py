"""T08, T18, T19: contacts (phone, e-mail, chat) and branch visits of a block."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bullion.synth import context
from bullion.synth.customers.people import DAYS_PER_MONTH, draw_codes
from bullion.synth.customers.world import Block
from bullion.synth.planted import PlantedTruth

PHONE_A_MONTH, PHONE_SD, PHONE_AGE_YEARS = 0.20, 0.6, 60.0
PHONE_AFTER_MOBILE = 0.70
WRITTEN_A_MONTH, WRITTEN_EMAIL_SHARE = 0.15, 0.55
COMPLAINT_SHARE = 0.15
MEMORY_MONTHS = 3
"""Calendar months for which a complaint or a rating drives leaving (T01)."""
RESOLVED_SHARE = 0.70
ESCALATED, ESCALATED_UNRESOLVED = 0.10, 0.08
RATED_SHARE = 0.40
N_AGENTS, AGENT_SD, AGENT_CUT = 60, 0.2, 0.4
WAIT_SHAPE, WAIT_SCALE, LONGEST_WAIT = 1.5, 4.0, 30.0
RATING_BASE, RATING_WAIT, RATING_RESOLVED, RATING_ESCALATED = 3.2, -0.03, 0.9, -0.8
VISITS_A_MONTH, VISIT_DECAY_KM, VISIT_SD = 0.8, 8.0, 0.5

FIRST_HOUR = 8
# T19: relative rate of contacts by weekday (Monday first) and hour 08..19 UTC.
_WEEKDAY = np.array([1.30, 1.15, 1.08, 1.05, 1.10, 0.80, 0.52])
_HOUR = np.array([0.75, 1.10, 1.35, 1.40, 1.15, 1.05, 1.10, 1.12, 1.08, 0.85, 0.60, 0.45])
_EVENING = np.array([0.0, 0.0, 0.0, 0.0, 0.0, 0.05, 0.05, 0.05, 0.10, 0.15, 0.20, 0.20])
# Visits: Monday to Saturday, 09..16 UTC.
_VISIT_WEEKDAY = np.array([1.2, 1.0, 1.0, 1.0, 1.3, 0.9, 0.0])

PHONE, EMAIL, CHAT, BRANCH = range(4)
CHANNELS = ("Phone", "Email", "Chat", "Branch")
COMPLAINT = 4
REASONS = (
    "Account Inquiry",
    "Transaction Dispute",
    "Product Information",
    "Technical Support",
    "Complaint",
    "Fraud Report",
    "Service Request",
)
RESOLVED, PARTLY, UNRESOLVED = range(3)
RESOLUTIONS = ("Resolved", "Partially Resolved", "Unresolved")

_RATING_EFFECTS = {
    "wait_minute": RATING_WAIT,
    "resolved": RATING_RESOLVED,
    "escalated": RATING_ESCALATED,
}
T08 = PlantedTruth(
    id="T08",
    name="branch visits fall with the distance",
    parameters={
        "visits_a_month": VISITS_A_MONTH,
        "level_log_sd": VISIT_SD,
        "decay_km": VISIT_DECAY_KM,
        "distance": "great circle from the recorded home to the nearest branch open then",
    },
    estimand={"log_rate_per_km": -1 / VISIT_DECAY_KM},
    null_estimand={"log_rate_per_km": 0.0},
    population="customer_interactions of channel Branch, by customer and month from the day after"
    " signup to leaving",
)
T18 = PlantedTruth(
    id="T18",
    name="ratings follow wait, resolution and escalation",
    parameters={
        "base": RATING_BASE,
        "agents": N_AGENTS,
        "rated_share": RATED_SHARE,
        "contacts": "Phone, Email, Chat; visits have neither agent nor rating",
    },
    estimand=_RATING_EFFECTS,
    null_estimand=dict.fromkeys(_RATING_EFFECTS, 0.0),
    population="customer_interactions with a satisfaction_rating, within agents; mean rating, wait"
    f" cut at {LONGEST_WAIT:.0f} minutes",
)


@dataclass
class Contacts:
    """Contacts and visits; codes index the tuples above, ``second`` is UTC since 1970.

    Visits have agent and resolution -1 and no wait; ``rating`` is 0 where none was given,
    ``product`` -1 where none was spoken of; ``at_once`` = resolved at the first contact.
    """

    customer: NDArray[np.int64]
    second: NDArray[np.int64]
    channel: NDArray[np.int64]
    reason: NDArray[np.int64]
    agent: NDArray[np.int64]
    wait: NDArray[np.float64]
    resolution: NDArray[np.int64]
    at_once: NDArray[np.bool_]
    escalated: NDArray[np.bool_]
    rating: NDArray[np.int64]
    mood: NDArray[np.float64]
    minutes: NDArray[np.float64]
    product: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.customer)

    def take(self, rows: NDArray) -> Contacts:
        """These rows (an index or a mask), in that order."""
        return Contacts(**{name: values[rows] for name, values in vars(self).items()})


def contact_shares() -> NDArray[np.float64]:
    """T19: (7, 12) shares of contacts by weekday (Monday first) and hour 08..19; sums to 1.

    Weekend contacts come later in the day than weekday ones, so weekday and hour are dependent.
    """
    table = _WEEKDAY[:, None] * _HOUR[None, :]
    table[5:] += _WEEKDAY[5:, None] * _EVENING[None, :]
    return table / table.sum()


T19 = PlantedTruth(
    id="T19",
    name="weekday and hour of contacts",
    parameters={"contacts": "Phone, Email, Chat", "first_hour_utc": FIRST_HOUR},
    estimand={"shares_monday_to_sunday": contact_shares().tolist()},
    null_estimand=None,
    population="customer_interactions of channel Phone, Email and Chat, all branches together",
)


def agent_effects(ctx: context.BankContext) -> NDArray[np.float64]:
    """T18: effect of each of the 60 agents on the mean rating, N(0, 0.2) cut at 0.4."""
    draws = ctx.rng("customer_interactions", "agents").normal(0, AGENT_SD, N_AGENTS)
    return np.clip(draws, -AGENT_CUT, AGENT_CUT)


def rating_mean(
    ctx: context.BankContext, wait: NDArray, resolved: NDArray, escalated: NDArray, agent: NDArray
) -> NDArray[np.float64]:
    """T18: mean rating, within 1.1 and 4.5 whatever the draws."""
    on = 1.0 if ctx.has("T18") else 0.0
    effect = (
        RATING_WAIT * np.minimum(wait, LONGEST_WAIT)
        + RATING_RESOLVED * resolved
        + RATING_ESCALATED * escalated
    )
    return RATING_BASE + on * effect + agent_effects(ctx)[agent]


def phone_rate(block: Block) -> NDArray[np.float64]:
    """T09: expected calls a month before mobile, without the customer's own level (mean 1)."""
    return PHONE_A_MONTH * np.exp((block.age - 45) / PHONE_AGE_YEARS)


def _spread_days(
    ctx: context.BankContext, rng: np.random.Generator, weekday: NDArray, monthly: NDArray
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Poisson events over the whole window: (customer row, day), days weighted by weekday."""
    days = np.arange(ctx.start_day, ctx.end_day + 1)
    weight = (weekday / weekday.mean())[(days + 3) % 7]
    total = np.cumsum(weight)
    count = rng.poisson(monthly / DAYS_PER_MONTH * total[-1])
    customer = np.repeat(np.arange(len(monthly)), count)
    place = np.searchsorted(total, rng.random(len(customer)) * total[-1], side="right")
    return customer, days[np.minimum(place, len(days) - 1)]


def _draw_times(
    ctx: context.BankContext, block: Block
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Customer, second and channel of contacts all through the window, whoever was there."""
    rng = ctx.rng("customer_interactions", "T19", block.number)
    n = len(block)
    level = np.exp(PHONE_SD * rng.standard_normal(n) - PHONE_SD**2 / 2)
    shares = contact_shares()
    weekday = shares.sum(axis=1)
    parts = []
    for kind, monthly in (
        (PHONE, phone_rate(block) * level),
        (EMAIL, np.full(n, WRITTEN_A_MONTH * WRITTEN_EMAIL_SHARE)),
        (CHAT, np.full(n, WRITTEN_A_MONTH * (1 - WRITTEN_EMAIL_SHARE))),
    ):
        who, when = _spread_days(ctx, rng, weekday, monthly)
        parts.append((who, when, np.full(len(who), kind)))
    customer, day, channel = (np.concatenate(values) for values in zip(*parts, strict=True))
    by_hour = np.cumsum(shares, axis=1)[(day + 3) % 7]
    point = rng.random(len(day)) * by_hour[:, -1]
    hour = FIRST_HOUR + np.minimum((point[:, None] >= by_hour).sum(axis=1), 11)
    second = day * context.SECONDS_PER_DAY + hour * 3600 + rng.integers(0, 3600, len(day))
    return customer, second, channel


def draw_contacts(ctx: context.BankContext, block: Block) -> Contacts:
    """Phone, e-mail and chat contacts of a block from signup on, if nobody left.

    Calls are thinned after mobile adoption (T09) once everything about them is drawn.
    """
    customer, second, channel = _draw_times(ctx, block)
    n = len(customer)
    rng = ctx.rng("customer_interactions", "outcome", block.number)
    complaint = rng.random(n) < COMPLAINT_SHARE
    other = draw_codes(rng, (0.36, 0.09, 0.18, 0.14, 0.0, 0.04, 0.19), n)
    resolved = rng.random(n) < RESOLVED_SHARE
    partly = ~complaint & (rng.random(n) < 0.5)
    escalated = rng.random(n) < ESCALATED + ESCALATED_UNRESOLVED * ~resolved
    drawn = rng.gamma(WAIT_SHAPE, WAIT_SCALE, n)
    wait = np.round(np.minimum(drawn, LONGEST_WAIT), 1).astype(np.float64)
    agent = rng.integers(0, N_AGENTS, n)
    stream = ctx.rng("customer_interactions", "T18", block.number)
    mean = rating_mean(ctx, wait, resolved, escalated, agent)
    five = (stream.random((n, 4)) < ((mean - 1) / 4)[:, None]).sum(axis=1) + 1
    rating = np.where(stream.random(n) < RATED_SHARE, five, 0)
    mood = (rating - 3.2) * 0.3 + 0.3 * rng.standard_normal(n)
    made = Contacts(
        customer=customer,
        second=second,
        channel=channel,
        reason=np.where(complaint, COMPLAINT, other),
        agent=agent,
        wait=wait,
        resolution=np.where(resolved, RESOLVED, np.where(partly, PARTLY, UNRESOLVED)),
        at_once=resolved & (rng.random(n) < 0.8),
        escalated=escalated,
        rating=rating,
        mood=np.round(np.clip(mood, -1, 1), 3).astype(np.float64),
        **_about(rng, n, np.where(channel == EMAIL, 1.6, 2.1)),
    )
    day = second // context.SECONDS_PER_DAY
    thin = ctx.rng("customer_interactions", "T09", block.number).random(n)
    drop = (channel == PHONE) & (day >= block.mobile_day[customer]) & (thin > PHONE_AFTER_MOBILE)
    return made.take((day > block.signup_day[customer]) & ~(drop & ctx.has("T09")))


def _about(rng: np.random.Generator, n: int, log_minutes: NDArray) -> dict[str, NDArray]:
    minutes = np.exp(log_minutes + 0.5 * rng.standard_normal(n))
    product = np.where(rng.random(n) < 0.3, rng.integers(0, 15, n), -1)
    return {"minutes": np.round(minutes, 1), "product": product}


def visit_rate(ctx: context.BankContext, km: NDArray) -> NDArray[np.float64]:
    """T08: expected visits a month at a distance of km from the nearest branch."""
    return VISITS_A_MONTH * np.exp(-km / VISIT_DECAY_KM * ctx.has("T08"))


def draw_visits(ctx: context.BankContext, block: Block) -> Contacts:
    """Branch visits of a block, if nobody left; the next branch but one is too far to matter."""
    rng = ctx.rng("customer_interactions", "T08", block.number)
    level = np.exp(VISIT_SD * rng.standard_normal(len(block)) - VISIT_SD**2 / 2)
    customer, day = _spread_days(ctx, rng, _VISIT_WEEKDAY, visit_rate(ctx, block.branch_km) * level)
    n = len(customer)
    second = day * context.SECONDS_PER_DAY + rng.integers(9 * 3600, 17 * 3600, n)
    visits = Contacts(
        customer=customer,
        second=second,
        channel=np.full(n, BRANCH),
        reason=draw_codes(rng, (0.42, 0.06, 0.22, 0.02, 0.0, 0.03, 0.25), n),
        agent=np.full(n, -1),
        wait=np.zeros(n),
        resolution=np.full(n, -1),
        at_once=np.zeros(n, dtype=bool),
        escalated=np.zeros(n, dtype=bool),
        rating=np.zeros(n, dtype=np.int64),
        mood=np.zeros(n),
        **_about(rng, n, np.full(n, 2.3)),
    )
    opened = day >= ctx.network.open_day[block.branch[customer]]
    return visits.take((day > block.signup_day[customer]) & opened)


def complaint_matrix(ctx: context.BankContext, n: int, made: Contacts) -> NDArray[np.bool_]:
    """(n, months): an unresolved complaint in the three calendar months before the month."""
    open_one = (made.reason == COMPLAINT) & (made.resolution == UNRESOLVED)
    return _before(ctx, n, made, open_one.astype(float)) > 0


def dissatisfied_matrix(ctx: context.BankContext, n: int, made: Contacts) -> NDArray[np.bool_]:
    """(n, months): the mean of the ratings of the three months before is at most 2."""
    rated = made.rating > 0
    count = _before(ctx, n, made, rated.astype(float))
    total = _before(ctx, n, made, made.rating.astype(float))
    return (count > 0) & (total <= 2 * count)


def _before(
    ctx: context.BankContext, n: int, made: Contacts, weights: NDArray
) -> NDArray[np.float64]:
    month = ctx.month_of(made.second // context.SECONDS_PER_DAY)
    cell = made.customer * ctx.months + month
    by_month = np.bincount(cell, weights, minlength=n * ctx.months).reshape(n, ctx.months)
    total = np.concatenate((np.zeros((n, 1)), np.cumsum(by_month, axis=1)), axis=1)
    now = np.arange(ctx.months)
    window = total[:, now] - total[:, np.maximum(now - MEMORY_MONTHS, 0)]
    return window.astype(np.float64)
