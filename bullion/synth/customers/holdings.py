"""T20, T10: which products each customer comes to hold, and when.

The set a customer ever holds is drawn first, product by product (six pairs with lift 2, otherwise
independent), then the dates within the customer's life up to the bank's end. Leaving earlier cuts
off what would have come later (insurance is dated within the life that was); nothing else ties the
products together, so hardly any product count frailty arises. T10's confounding: autopay customers
hold more from the first day, mobile customers take later products sooner.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bullion.synth import context
from bullion.synth.customers import world
from bullion.synth.market import products
from bullion.synth.planted import PlantedTruth

LIFT = 2.0
AT_SIGNUP, AT_SIGNUP_AUTOPAY = 0.35, 2.0
MOBILE_PACE = 1.6
EARLY_POWER = 2.0
"""Later products are taken early in the life: little of a set is lost when somebody leaves."""
COUNTED = (
    products.CARD, products.FLEX, products.CD, products.BROKERAGE, products.RETIREMENT,
    products.MANAGED, products.FIXED,
)  # fmt: skip
"""Products that count for T01 and T10 beside checking: deposits, card, investments; not loans."""

INSURANCES = (products.AUTO_INSURANCE, products.HOME_INSURANCE, products.LIFE)

T20 = PlantedTruth(
    id="T20",
    name="six pairs of products held together",
    parameters={
        "ever_held": {
            products.NAMES[code]: chance for code, chance in products.HELD_PROBABILITY.items()
        },
        "lift": LIFT,
    },
    null_parameters={"lift": 1.0},
    estimand={"pairs": [[products.NAMES[a], products.NAMES[b]] for a, b in products.PAIRS]},
    null_estimand={"pairs": []},
    population="customers, by the products they ever held: accounts and product_enrollments,"
    " checking left out",
)


def draw_sets(ctx: context.BankContext, block: world.Block) -> NDArray[np.bool_]:
    """(n, 15) ever-held sets; column 0 (checking) is always true."""
    n = len(block)
    uniform = ctx.rng("accounts", "T20", block.number).random((n, products.N_HELD))
    chance = np.zeros((n, products.N_HELD))
    chance[:, products.EVERYDAY] = 1
    for product, probability in products.HELD_PROBABILITY.items():
        chance[:, product] = probability
    held = uniform < chance
    lift = LIFT if ctx.has("T20") else 1.0
    for common, rare in products.PAIRS:
        p, q = products.HELD_PROBABILITY[common], products.HELD_PROBABILITY[rare]
        given = np.where(held[:, common], lift * q, q * (1 - lift * p) / (1 - p))
        held[:, rare] = uniform[:, rare] < given
    return held


def draw_open_days(
    ctx: context.BankContext, block: world.Block, held: NDArray[np.bool_]
) -> NDArray[np.int64]:
    """(n, 15) day on which each product is taken, NEVER where it is not; loans and insurance are
    left NEVER.

    At signup with chance 0.35 (doubled with autopay); otherwise on a day between signup and the
    bank's end, early ones likelier, days as a mobile customer counting 1.6 times.
    """
    rng = ctx.rng("accounts", "T10", block.number)
    n = len(block)
    days = np.full((n, products.N_HELD), context.NEVER)
    days[:, products.EVERYDAY] = block.signup_day
    at_signup = AT_SIGNUP * np.where(block.autopay, AT_SIGNUP_AUTOPAY, 1.0)
    before = np.clip(block.mobile_day, block.signup_day, ctx.end_day) - block.signup_day
    after = np.maximum(ctx.end_day - block.signup_day - before, 0)
    total = before + MOBILE_PACE * after
    for product in COUNTED:
        now = rng.random(n) < at_signup
        point = rng.random(n) ** EARLY_POWER * total
        later = np.where(point <= before, point, before + (point - before) / MOBILE_PACE)
        day = block.signup_day + np.where(now, 0, 1 + later.astype(np.int64))
        keep = held[:, product] & (day <= ctx.end_day)
        days[keep, product] = day[keep]
    return days


def insure(
    ctx: context.BankContext, block: world.Block, held: NDArray[np.bool_], open_days: NDArray
) -> None:
    """Write the insurances' days into ``open_days``: uniform over the life that was."""
    rng = ctx.rng("product_enrollments", "T20", block.number)
    life = np.minimum(block.churn_day, ctx.end_day + 1) - block.signup_day
    for product in INSURANCES:
        day = block.signup_day + (rng.random(len(block)) * life).astype(np.int64)
        open_days[:, product] = np.where(held[:, product], day, context.NEVER)


def counted_products(block: world.Block, open_days: NDArray, when: NDArray) -> NDArray[np.int64]:
    """Open deposit, card and investment accounts at the start of the days ``when``.

    ``when`` is (k,) for all customers; gives (n, k), checking included.
    """
    count = np.ones((len(block), len(when)), dtype=np.int64)
    for product in COUNTED:
        count += open_days[:, product][:, None] < when[None, :]
    return count
