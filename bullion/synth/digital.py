"""T09, T12: digital sessions before and after mobile adoption, and a randomised experiment."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bullion.synth import columns as col
from bullion.synth import context, keys
from bullion.synth.people import DAYS_PER_MONTH, draw_codes
from bullion.synth.world import Block

SESSIONS_A_MONTH, SESSIONS_SD, SESSIONS_AGE_YEARS = 1.5, 0.6, 40.0
SESSIONS_AFTER_MOBILE = 1.5
EXPERIMENT = "EXP-01 one-page product offer"
EXPERIMENT_MONTHS = 6
CONVERSION_CONTROL, CONVERSION_TREATMENT = 0.100, 0.115

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


def session_rate(block: Block) -> NDArray[np.float64]:
    """T09: expected sessions a month before mobile, without the customer's own level (mean 1)."""
    return SESSIONS_A_MONTH * np.exp(-(block.age - 45) / SESSIONS_AGE_YEARS)


def _draw_sessions(ctx: context.BankContext, block: Block) -> tuple[NDArray, NDArray]:
    """Customer and second of each session, ordered by second.

    The sessions that mobile adds (half as many again) are a Poisson stream of their own, so that
    without the effect the other sessions stay the same.
    """
    n, length = len(block), ctx.end_day + 1 - ctx.start_day
    rng = ctx.rng("digital_engagement", "sessions", block.number)
    level = np.exp(SESSIONS_SD * rng.standard_normal(n) - SESSIONS_SD**2 / 2)
    expected = session_rate(block) * level * length / DAYS_PER_MONTH
    extra = ctx.rng("digital_engagement", "T09", block.number)
    parts = []
    for stream, factor, since in (
        (rng, 1.0, block.signup_day + 1),
        (extra, SESSIONS_AFTER_MOBILE - 1, np.maximum(block.mobile_day, block.signup_day + 1)),
    ):
        count = stream.poisson(expected * factor)
        customer = np.repeat(np.arange(n), count)
        second = stream.integers(0, length * context.SECONDS_PER_DAY, len(customer))
        second += ctx.start_day * context.SECONDS_PER_DAY
        day = second // context.SECONDS_PER_DAY
        keep = (day >= since[customer]) & (day < block.churn_day[customer])
        keep &= bool(stream is rng) | ctx.has("T09")
        parts.append((customer[keep], second[keep]))
    customer = np.concatenate([part[0] for part in parts])
    second = np.concatenate([part[1] for part in parts])
    order = np.argsort(second, kind="stable")
    return customer[order], second[order]


def engagement_table(ctx: context.BankContext, block: Block) -> col.Columns:
    """The digital_engagement table of a block; also notes each customer's last session."""
    customer, second = _draw_sessions(ctx, block)
    n = len(customer)
    last = np.full(len(block), -1, dtype=np.int64)
    last[customer] = second
    block.raw["last_session"] = {"second": last}
    rng = ctx.rng("digital_engagement", "attributes", block.number)
    mobile = second // context.SECONDS_PER_DAY >= block.mobile_day[customer]
    device = np.where(mobile, draw_codes(rng, _DEVICE_AFTER, n), draw_codes(rng, _DEVICE_BEFORE, n))
    minutes = np.round(np.exp(1.2 + 0.7 * rng.standard_normal(n, dtype=np.float32)), 1)
    pages = 1 + rng.poisson(3.0, n)
    actions = rng.integers(0, 5, n)
    rng = ctx.rng("digital_engagement", "T12", block.number)
    begin, end = experiment_window(ctx)
    day = second // context.SECONDS_PER_DAY
    exposed = (day >= begin) & (day < end)
    treated = rng.random(n) < 0.5
    chance = np.where(treated & ctx.has("T12"), CONVERSION_TREATMENT, CONVERSION_CONTROL)
    converted = rng.random(n) < chance
    for arm, mask in (("control", exposed & ~treated), ("treatment", exposed & treated)):
        block.add(
            "T12", **{f"{arm}_sessions": mask.sum(), f"{arm}_converted": converted[mask].sum()}
        )
    return {
        "engagement_id": keys.key("engagement", ctx.row_ids(block.number, n)),
        "customer_id": keys.key("customer", block.index[customer] + 1),
        "engaged_at": col.timestamps(second),
        "action_type": col.labels(draw_codes(rng, _ACTION_SHARES, n), _ACTIONS),
        "device_type": col.labels(device, _DEVICES),
        "session_duration_minutes": col.numeric(minutes),
        "pages_viewed": col.integers(pages),
        "actions_taken": col.integers(np.minimum(actions, pages)),
        "experiment_id": col.labels(np.where(exposed, 0, -1), (EXPERIMENT,)),
        "experiment_arm": col.labels(np.where(exposed, treated, -1), ("control", "treatment")),
        "is_converted": col.booleans(converted, exposed),
    }
