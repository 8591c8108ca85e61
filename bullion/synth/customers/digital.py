"""T09, T12: digital sessions before and after mobile adoption, and a randomised experiment."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bullion.synth import context
from bullion.synth.customers import contacts
from bullion.synth.customers.people import DAYS_PER_MONTH, draw_codes
from bullion.synth.customers.world import Block
from bullion.synth.files import columns as col
from bullion.synth.files import keys
from bullion.synth.planted import PlantedTruth

SESSIONS_A_MONTH, SESSIONS_SD, SESSIONS_AGE_YEARS = 1.5, 0.6, 40.0
SESSIONS_AFTER_MOBILE = 1.5
EXPERIMENT = "EXP-01 one-page product offer"
EXPERIMENT_MONTHS = 6
CONVERSION_CONTROL, CONVERSION_TREATMENT = 0.100, 0.115

T09 = PlantedTruth(
    id="T09",
    name="mobile enrolment brings sessions and saves calls",
    parameters={
        "sessions_a_month": SESSIONS_A_MONTH,
        "phone_a_month": contacts.PHONE_A_MONTH,
        "enrolment": "account_events, event_type Mobile Banking Enrolled",
    },
    estimand={
        "log_sessions_ratio": float(np.log(SESSIONS_AFTER_MOBILE)),
        "log_phone_ratio": float(np.log(contacts.PHONE_AFTER_MOBILE)),
    },
    null_estimand={"log_sessions_ratio": 0.0, "log_phone_ratio": 0.0},
    population="digital_engagement, and customer_interactions of channel Phone, from the day of"
    " enrolment on against before, of customers who enrol",
)

_ACTIONS = (
    "View Balance",
    "View Transactions",
    "Transfer",
    "Bill Pay",
    "Browse Products",
    "Download Statement",
    "Update Profile",
    "Contact Support",
)
_ACTION_SHARES = (0.34, 0.24, 0.12, 0.10, 0.09, 0.05, 0.03, 0.03)
_DEVICES = ("Mobile App", "Desktop Web", "Mobile Web", "Tablet")
_DEVICE_BEFORE = (0.0, 0.62, 0.28, 0.10)
_DEVICE_AFTER = (0.66, 0.20, 0.08, 0.06)


def experiment_window(ctx: context.BankContext) -> tuple[int, int]:
    """First day of the experiment and the day after its last (six months, later half)."""
    first = ctx.months * 5 // 8
    last = min(first + EXPERIMENT_MONTHS, ctx.months)
    return int(ctx.month_starts[first]), int(ctx.month_starts[last])


def t12(ctx: context.BankContext) -> PlantedTruth:
    """The experiment: its days are the bank's."""
    begin, end = experiment_window(ctx)
    return PlantedTruth(
        id="T12",
        name="the one-page offer converts more sessions",
        parameters={
            "experiment": EXPERIMENT,
            "first_day": context.to_date(begin).isoformat(),
            "last_day": context.to_date(end - 1).isoformat(),
            "control": CONVERSION_CONTROL,
            "treatment": CONVERSION_TREATMENT,
        },
        null_parameters={"treatment": CONVERSION_CONTROL},
        estimand={"difference": CONVERSION_TREATMENT - CONVERSION_CONTROL},
        null_estimand={"difference": 0.0},
        population="digital_engagement with this experiment_id, each session randomised by itself",
    )


def session_rate(block: Block) -> NDArray[np.float64]:
    """T09: expected sessions a month before mobile, without the customer's own level (mean 1)."""
    return SESSIONS_A_MONTH * np.exp(-(block.age - 45) / SESSIONS_AGE_YEARS)


def _draw_sessions(
    ctx: context.BankContext, block: Block
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_]]:
    """Customer and second of sessions ordered by second, and which of them took place.

    The sessions that mobile adds (half as many again) are a Poisson stream of their own; both run
    through the whole window, so that no effect changes what is drawn for another session.
    """
    n, length = len(block), ctx.end_day + 1 - ctx.start_day
    rng = ctx.rng("digital_engagement", "sessions", block.number)
    level = np.exp(SESSIONS_SD * rng.standard_normal(n) - SESSIONS_SD**2 / 2)
    expected = session_rate(block) * level * length / DAYS_PER_MONTH
    joined = block.signup_day + 1
    adopted = np.maximum(block.mobile_day, joined)
    extra = ctx.rng("digital_engagement", "T09", block.number)
    more = SESSIONS_AFTER_MOBILE - 1
    customers, seconds, held = [], [], []
    for stream, factor, since, planted in (
        (rng, 1.0, joined, True),
        (extra, more, adopted, ctx.has("T09")),
    ):
        customer = np.repeat(np.arange(n), stream.poisson(expected * factor))
        second = stream.integers(0, length * context.SECONDS_PER_DAY, len(customer))
        second += ctx.start_day * context.SECONDS_PER_DAY
        day = second // context.SECONDS_PER_DAY
        customers.append(customer)
        seconds.append(second)
        inside = (day >= since[customer]) & (day < block.churn_day[customer])
        held.append(inside & planted)
    customer, second = np.concatenate(customers), np.concatenate(seconds)
    order = np.argsort(second, kind="stable")
    return customer[order], second[order], np.concatenate(held)[order]


def engagement_table(ctx: context.BankContext, block: Block) -> col.Columns:
    """The digital_engagement table of a block; also notes each customer's last session."""
    customer, second, held = _draw_sessions(ctx, block)
    n = len(customer)
    rng = ctx.rng("digital_engagement", "attributes", block.number)
    after, before = draw_codes(rng, _DEVICE_AFTER, n), draw_codes(rng, _DEVICE_BEFORE, n)
    minutes = np.round(np.exp(1.2 + 0.7 * rng.standard_normal(n, dtype=np.float32)), 1)[held]
    pages = 1 + rng.poisson(3.0, n)[held]
    actions = rng.integers(0, 5, n)[held]
    action = draw_codes(rng, _ACTION_SHARES, n)[held]
    stream = ctx.rng("digital_engagement", "T12", block.number)
    treated, point = (stream.random(n) < 0.5)[held], stream.random(n)[held]
    customer, second, after, before = customer[held], second[held], after[held], before[held]
    n, day = len(customer), second // context.SECONDS_PER_DAY
    device = np.where(day >= block.mobile_day[customer], after, before)
    last = np.full(len(block), -1, dtype=np.int64)
    last[customer] = second
    block.raw["last_session"] = {"second": last}
    begin, end = experiment_window(ctx)
    exposed = (day >= begin) & (day < end)
    chance = np.where(treated & ctx.has("T12"), CONVERSION_TREATMENT, CONVERSION_CONTROL)
    converted = point < chance
    for arm, mask in (("control", exposed & ~treated), ("treatment", exposed & treated)):
        block.add(
            "T12", **{f"{arm}_sessions": mask.sum(), f"{arm}_converted": converted[mask].sum()}
        )
    return {
        "engagement_id": keys.key("engagement", ctx.row_ids(block.number, n)),
        "customer_id": keys.key("customer", block.index[customer] + 1),
        "engaged_at": col.timestamps(second),
        "action_type": col.labels(action, _ACTIONS),
        "device_type": col.labels(device, _DEVICES),
        "session_duration_minutes": col.numeric(minutes),
        "pages_viewed": col.integers(pages),
        "actions_taken": col.integers(np.minimum(actions, pages)),
        "experiment_id": col.labels(np.where(exposed, 0, -1), (EXPERIMENT,)),
        "experiment_arm": col.labels(np.where(exposed, treated, -1), ("control", "treatment")),
        "is_converted": col.booleans(converted, exposed),
    }
