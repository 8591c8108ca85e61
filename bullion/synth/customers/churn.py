"""T01: the monthly hazard of leaving and its seven drivers at the start of each month."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bullion.synth import context
from bullion.synth.customers import contacts, holdings, loans, returns
from bullion.synth.customers.world import Block
from bullion.synth.planted import PlantedTruth

BASE = -4.6
EFFECTS = {
    "unresolved_complaint": 0.9,
    "low_satisfaction": 0.7,
    "extra_products": -0.5,
    "autopay": -0.4,
    "tenure_under_12_months": 0.5,
    "mobile_active": -0.6,
    "late_payment": 0.5,
}
MOST_EXTRA_PRODUCTS = 2
SHORT_TENURE_MONTHS = 12
HORIZON_MONTHS, HOLDOUT_MONTHS = 3, 10
LEVELS = (2, 2, 3, 2, 2, 2, 2)
"""Levels of each driver, in the order of EFFECTS; a pattern number is their mixed radix."""

T10 = PlantedTruth(
    id="T10",
    name="a second product keeps customers",
    parameters={
        "at_signup": holdings.AT_SIGNUP,
        "at_signup_autopay_factor": holdings.AT_SIGNUP_AUTOPAY,
        "mobile_pace": holdings.MOBILE_PACE,
    },
    estimand={
        "log_hazard_ratio_one_to_two_products": EFFECTS["extra_products"],
        "hazard_ratio_one_to_two_products": float(np.exp(EFFECTS["extra_products"])),
    },
    null_estimand={
        "log_hazard_ratio_one_to_two_products": 0.0,
        "hazard_ratio_one_to_two_products": 1.0,
    },
    population="customer-months of T01 with one or two products at the start of the month, within"
    " strata of the other six drivers",
    part_of="T01",
)
T11 = PlantedTruth(
    id="T11",
    name="a late payment makes borrowers leave",
    parameters={
        "late_chance": loans.LATE_CHANCE,
        "frailty_log_sd": loans.LATE_FRAILTY_SD,
        "autopay_factor": loans.LATE_AUTOPAY,
        "no_autopay_factor": loans.LATE_NO_AUTOPAY,
        "two_products_factor": loans.LATE_TWO_PRODUCTS,
    },
    estimand={
        "log_hazard_ratio_late": EFFECTS["late_payment"],
        "hazard_ratio_late": float(np.exp(EFFECTS["late_payment"])),
    },
    null_estimand={"log_hazard_ratio_late": 0.0, "hazard_ratio_late": 1.0},
    population="customer-months of T01 from a customer's first loan on, within strata of the other"
    " six drivers",
    part_of="T01",
)


def t01(ctx: context.BankPlan) -> PlantedTruth:
    """What drives leaving: two of its effects have a switch of their own."""
    planted = {f"log_hazard_ratio_{name}": value for name, value in effects(ctx).items()}
    return PlantedTruth(
        id="T01",
        name="seven drivers of leaving",
        parameters={
            "link": "complementary log-log, monthly, customers at risk from the month after signup",
            "base": BASE,
            **effects(ctx),
            "window_months": {
                "complaint and satisfaction": contacts.MEMORY_MONTHS,
                "late payment": loans.LATE_MEMORY_MONTHS,
            },
            "products": "open Deposit, Credit and Investment accounts at the start of the month"
            " (loans and insurance do not count); extra = min(count - 1, 2)",
            "late payment": "known at due date + 30 days; defaulted instalments excluded",
            "satisfaction": "mean of the rated contacts of the three months before <= 2",
            "returns": {
                "share_of_those_who_left": returns.RETURNED_SHARE,
                "days_away": list(returns.AWAY_DAYS),
                "account_reopened": returns.REOPENED_SHARE,
            },
        },
        estimand=planted,
        null_estimand=dict.fromkeys(planted, 0.0),
        population="customer-months from the month after signup to the month of leaving (the first"
        " time; who comes back is not counted again), drivers as known at the start of the month",
    )


@dataclass(frozen=True)
class Drivers:
    """(n, months) values of the seven drivers, in the order of EFFECTS, and who is at risk.

    A customer is at risk from the month after signup on.
    """

    values: tuple[NDArray[np.int64], ...]
    at_risk: NDArray[np.bool_]

    def pattern(self) -> NDArray[np.int64]:
        """One number for each combination of the drivers."""
        code = np.zeros(self.at_risk.shape, dtype=np.int64)
        for values, levels in zip(self.values, LEVELS, strict=True):
            code = code * levels + values
        return code


def effects(ctx: context.BankPlan) -> dict[str, float]:
    """The planted log hazard ratios of this bank (zero where switched off)."""
    off = {"extra_products": "T10", "late_payment": "T11"}
    return {
        name: value if ctx.has("T01") and ctx.has(off.get(name, "T01")) else 0.0
        for name, value in EFFECTS.items()
    }


def pattern_values() -> NDArray[np.int64]:
    """(patterns, 7) driver values of each pattern number."""
    return np.stack(np.unravel_index(np.arange(np.prod(LEVELS)), LEVELS), axis=1)


def pattern_hazards(ctx: context.BankPlan) -> NDArray[np.float64]:
    """Chance of leaving in a month, by pattern: complementary log-log."""
    eta = BASE + pattern_values() @ np.array(list(effects(ctx).values()))
    return -np.expm1(-np.exp(eta))


def make_drivers(
    ctx: context.BankContext,
    block: Block,
    open_days: NDArray[np.int64],
    complaint: NDArray[np.bool_],
    dissatisfied: NDArray[np.bool_],
    late: NDArray[np.bool_],
) -> Drivers:
    """Everything known at the start (00:00 of the first) of each month of the window."""
    starts = ctx.month_starts[:-1]
    months = np.arange(ctx.months)
    tenure = months[None, :] - ctx.month_of(block.signup_day)[:, None]
    extra = holdings.counted_products(block, open_days, starts) - 1
    shape = tenure.shape
    values = (
        complaint.astype(np.int64),
        dissatisfied.astype(np.int64),
        np.minimum(extra, MOST_EXTRA_PRODUCTS),
        np.broadcast_to(block.autopay[:, None], shape).astype(np.int64),
        (tenure < SHORT_TENURE_MONTHS).astype(np.int64),
        (block.mobile_day[:, None] < starts[None, :]).astype(np.int64),
        late.astype(np.int64),
    )
    return Drivers(values, tenure >= 1)


def draw_churn(ctx: context.BankContext, block: Block, drivers: Drivers) -> None:
    """Set ``churn_day`` and tally exposures and leavers by pattern (all, and by quarter)."""
    rng = ctx.rng("customer_retention", "T01", block.number)
    shape = drivers.at_risk.shape
    pattern = drivers.pattern()
    hazard = pattern_hazards(ctx)[pattern]
    leaves = (rng.random(shape) < hazard) & drivers.at_risk
    within = rng.random(len(block))
    gone = leaves.any(axis=1)
    month = np.where(gone, leaves.argmax(axis=1), ctx.months)
    length = np.diff(ctx.month_starts)[np.minimum(month, ctx.months - 1)]
    day = ctx.month_starts[np.minimum(month, ctx.months - 1)] + (within * length).astype(np.int64)
    block.churn_day[:] = np.where(gone, day, context.NEVER)
    exposed = drivers.at_risk & (np.arange(ctx.months)[None, :] <= month[:, None])
    patterns = int(np.prod(LEVELS))
    values = block.realised.setdefault("T01", {})
    values["exposure"] = np.bincount(pattern[exposed], minlength=patterns).astype(float)
    values["events"] = np.bincount(pattern[exposed & leaves], minlength=patterns).astype(float)
    _note_holdout(ctx, block, pattern, exposed, month)
    row, m = np.nonzero(exposed)
    block.latent["churn_hazard"] = {
        "customer": block.index[row] + 1,
        "month": m,
        "pattern": pattern[row, m].astype(np.int16),
        "hazard": hazard[row, m],
        "churned": leaves[row, m],
    }


def _note_holdout(
    ctx: context.BankContext,
    block: Block,
    pattern: NDArray[np.int64],
    exposed: NDArray[np.bool_],
    month: NDArray[np.int64],
) -> None:
    """Tally T01p's holdout: quarterly snapshots of the last ten months but two, horizon 3."""
    patterns = int(np.prod(LEVELS))
    seen, left = np.zeros(patterns), np.zeros(patterns)
    last = ctx.months - HORIZON_MONTHS
    for snapshot in range(last, max(last - HOLDOUT_MONTHS, -1), -HORIZON_MONTHS):
        there = exposed[:, snapshot]
        soon = there & (month < snapshot + HORIZON_MONTHS)
        seen += np.bincount(pattern[there, snapshot], minlength=patterns)
        left += np.bincount(pattern[soon, snapshot], minlength=patterns)
    block.realised["T01"] |= {"holdout_exposure": seen, "holdout_events": left}
