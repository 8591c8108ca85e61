"""What is planted in transactions and campaigns, and what was realised, for truth.yml."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from bullion.synth.context import SECONDS_PER_DAY, BankContext, to_date
from bullion.synth.customers.world import SEGMENTS, Block
from bullion.synth.market import campaigns, profiles
from bullion.synth.money import activity, fraud, settle
from bullion.synth.money.attempts import SEGMENT_MULTIPLIERS, World
from bullion.synth.money.rows import DECLINED, DEPOSIT, PENDING, PURCHASE, Rows

ATTEMPTS = (
    "attempts = transactions of type Purchase and ATM Withdrawal, and of type Transfer and Payment"
    " with a negative amount, of every status, retries included"
)


def _entry(
    ctx: BankContext,
    truth: str,
    parameters: Mapping[str, object],
    estimand: object,
    null_estimand: object,
    population: str,
    always: bool = False,
) -> dict[str, object]:
    """One truth; ``always`` for those the null bank and ``--without`` leave in place."""
    planted = always or ctx.has(truth)
    return {
        "planted": planted,
        "parameters": dict(parameters),
        "estimand": estimand if planted else null_estimand,
        "population": population,
    }


def _hours() -> dict[str, list[float]]:
    return {
        name: [round(float(share), 10) for share in profiles.hour_shares(channel)]
        for channel, name in enumerate(profiles.CHANNELS)
    }


def _season(ctx: BankContext) -> dict[str, object]:
    factor = profiles.DECEMBER_FACTOR if ctx.has("T13") else 1.0
    return _entry(
        ctx,
        "T13",
        {
            "december_factor": factor,
            "categories": list(profiles.SEASONAL_CATEGORIES),
            "hour_shares_utc": _hours(),
            "weekday_weights_monday_first": {
                name: list(profiles.WEEKDAY_WEIGHTS[channel])
                for channel, name in enumerate(profiles.CHANNELS)
            },
            "category_mix": {
                profiles.CHANNELS[channel]: list(profiles.CATEGORY_MIX[channel])
                for channel in profiles.PURCHASE_CHANNELS
            },
        },
        {"log_ratio": math.log(factor), "classical_index": factor / ((11 + factor) / 12)},
        {"log_ratio": 0.0, "classical_index": 1.0},
        "monthly count of purchases (every status) in these categories, the expected count of a"
        " month does not depend on its length; taken as a ratio to the purchases in the other"
        " categories, the lift of campaign windows (T02) and the odd days (T21) cancel, which"
        " otherwise widen the standard error by two thirds. Profiles: attempts by channel",
    )


def _lift(ctx: BankContext, world: World) -> dict[str, object]:
    plan = world.campaigns
    return _entry(
        ctx,
        "T02",
        {
            "rate_ratio": campaigns.LIFT,
            "window_days": campaigns.WINDOW_DAYS,
            "clean_months_before": campaigns.CLEAN_MONTHS_BEFORE,
            "campaigns": [
                {
                    "campaign_id": f"CMP{number + 1:05d}",
                    "start_date": to_date(plan.start_day[number]).isoformat(),
                    "target_segment": SEGMENTS[plan.target[number]],
                }
                for number in plan.addressed
            ],
        },
        math.log(campaigns.LIFT),
        0.0,
        "purchases (every status) of opted-in customers whose segment on the start date is the"
        " target, in the 60 days from the start date, against those not opted in",
    )


def _odd_days(ctx: BankContext, world: World) -> dict[str, object]:
    days = {
        to_date(world.calendar.first + day).isoformat(): factor
        for day, factor in profiles.odd_days(world.calendar).items()
    }
    return _entry(ctx, "T21", {"factors": days}, list(days), [], f"daily count of {ATTEMPTS}")


def _hot_cells(ctx: BankContext, world: World) -> dict[str, object]:
    cells = fraud.cell_labels(world.hot.cells)
    for cell, multiplier in zip(cells, world.hot.multipliers, strict=True):
        cell["multiplier"] = float(multiplier)
        cell["fraud_rate"] = fraud.BASE_FRAUD_RATE * float(multiplier)
    return _entry(
        ctx,
        "T15",
        {"base_rate": fraud.BASE_FRAUD_RATE, "hot_cells": cells, "night_hours_utc": "00 to 05"},
        cells,
        [],
        "purchases of every status, cell = channel x merchant_category x night x international;"
        " all other attempts carry the base rate",
    )


def _archetypes(ctx: BankContext) -> dict[str, object]:
    return _entry(
        ctx,
        "T14",
        {
            "shares_of_customers": list(activity.ARCHETYPE_SHARES),
            "monthly_rates": list(activity.MONTHLY_RATES),
            "digital": list(activity.DIGITAL_SHARES),
            "atm": list(activity.ATM_SHARES),
            "saving": list(activity.SAVING_SHARES),
            "recurring": list(activity.RECURRING_SHARES),
        },
        {"labels": "truth/customers.parquet, column archetype"},
        None,
        f"{ATTEMPTS}; digital = channel Online or Mobile among attempts that are not ATM"
        " withdrawals; ATM, saving (type Transfer) and recurring among all attempts",
        always=True,
    )


def _responses(ctx: BankContext) -> dict[str, object]:
    return _entry(
        ctx,
        "T17",
        {
            "a": campaigns.RESPONSE_A,
            "b": campaigns.RESPONSE_B,
            "spend_log_sd": campaigns.SPEND_SD,
            "noise_sd": campaigns.RESPONSE_NOISE_SD,
        },
        {
            "log_a": {kind: math.log(a) for kind, a in campaigns.RESPONSE_A.items()},
            "log_b": {kind: math.log(b) for kind, b in campaigns.RESPONSE_B.items()},
        },
        None,
        "marketing_campaigns: conversions ~ Poisson(a ln(1 + budget / b)) by campaign_type",
        always=True,
    )


def planted(ctx: BankContext, world: World) -> dict[str, dict[str, object]]:
    """Planted parameters and estimands (on the reported scale) of the truths in transactions."""
    rates = settle.decline_rates(ctx)
    auc = 0.5 * (1 + math.erf(fraud.SCORE_SHIFT / 2))
    multipliers = dict(zip(SEGMENTS, SEGMENT_MULTIPLIERS, strict=True))
    by_channel = {name: float(rates[channel]) for channel, name in enumerate(profiles.CHANNELS)}
    return {
        "T02": _lift(ctx, world),
        "T03": _entry(
            ctx,
            "T03",
            {"latent_shift": fraud.SCORE_SHIFT if ctx.has("T03") else 0.0},
            auc,
            0.5,
            "AUC of fraud_score for is_fraud over " + ATTEMPTS,
        ),
        "T13": _season(ctx),
        "T14": _archetypes(ctx),
        "T15": _hot_cells(ctx, world),
        "T17": _responses(ctx),
        "T21": _odd_days(ctx, world),
        "T22": _entry(
            ctx,
            "T22",
            {"retry_share": settle.RETRY_SHARE},
            by_channel,
            by_channel,
            f"Declined among {ATTEMPTS}; Pending left out",
        ),
        "T23": _entry(
            ctx,
            "T23",
            {"multipliers": multipliers},
            {name: math.log(factor) for name, factor in multipliers.items()},
            dict.fromkeys(multipliers, 0.0),
            "ln mean monthly spend on purchases (attempted, not fraud), segment at the time,"
            " campaign windows left out",
        ),
        "T24": _entry(
            ctx,
            "T24",
            {
                "mean_log": profiles.BASE_LOG_AMOUNT,
                "sd_log": profiles.AMOUNT_SD,
                "category_log": dict(
                    zip(profiles.CATEGORIES, profiles.CATEGORY_LOG_AMOUNT, strict=True)
                ),
            },
            "normal logarithms within category x segment",
            None,
            "attempted purchases that are not fraud",
            always=True,
        ),
    }


def is_attempt(rows: Rows) -> np.ndarray:
    """Whether rows are attempts a customer started (see ``ATTEMPTS``)."""
    return (rows.kind < DEPOSIT) & (rows.cents < 0)


def add_realised(world: World, block: Block, rows: Rows) -> None:
    """Add what this block's rows realised to ``block.realised`` (sums over blocks)."""
    attempt = is_attempt(rows)
    bought = np.flatnonzero(rows.kind == PURCHASE)
    block.add("T03", attempts=attempt.sum(), frauds=(rows.fraud & attempt).sum())
    hour = rows.second[bought] % SECONDS_PER_DAY // 3600
    cell = fraud.cell_numbers(
        rows.channel[bought],
        rows.category[bought],
        hour < len(profiles.NIGHT_HOURS),
        rows.foreign[bought],
    )
    size = np.bincount(cell, minlength=len(world.hot.factor))
    frauds = np.bincount(cell, weights=rows.fraud[bought], minlength=len(size))
    block.add("T15", purchases=len(bought), frauds_in_purchases=rows.fraud[bought].sum())
    for label, place in zip(fraud.cell_labels(world.hot.cells), world.hot.cells, strict=True):
        name = f"{label['channel']} {label['merchant_category']}"
        name += " night" * bool(label["is_night"]) + " abroad" * bool(label["is_international"])
        block.add("T15", **{f"{name} purchases": size[place], f"{name} frauds": frauds[place]})
    decided = attempt & (rows.status != PENDING)
    for channel, name in enumerate(profiles.CHANNELS):
        here = decided & (rows.channel == channel)
        block.add(
            "T22",
            **{
                f"{name} attempts": here.sum(),
                f"{name} declined": (here & (rows.status == DECLINED)).sum(),
            },
        )
    block.add("T02", opted_in=block.opt_in.sum())
