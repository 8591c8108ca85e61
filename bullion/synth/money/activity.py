"""T14: how often each customer acts, and in which shares; from there the rates of their attempts.

Sizes, reconciled with section 2 of truths.md. An archetype's transactions a month (9, 6, 2.5, 4, 2)
are the *attempts the customer starts*: purchases, ATM withdrawals, transfers to savings and bill
payments, retries apart. With the archetype shares this makes 5.2 a customer-month, of which 9 %
ATM (84,000 in the default bank of 171,000 customer-months) and 12 % transfers; of the rest (4.08)
one in seven is a bill payment, which leaves 3.5 purchases a customer-month (600,000). What the
bank itself posts comes on top and belongs to no archetype: deposits, card and loan payments
received, refunds, fees (200,000). Together about 1.1 M rows.

The shares and their denominators, so that each is one binomial of what can be counted:
digital = Online or Mobile among attempts other than ATM withdrawals; ATM, saving (type Transfer)
and recurring (is_recurring) among all attempts. Mobile as a channel (phone wallets included) does
not wait for the enrolment of T09, which therefore leaves no trace in counts.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bullion.synth.context import BankContext
from bullion.synth.customers.world import Block
from bullion.synth.market.profiles import ATM, BRANCH, MOBILE, ONLINE, POS
from bullion.synth.money.rows import PAYMENT, PURCHASE, TRANSFER, WITHDRAWAL
from bullion.synth.planted import ATTEMPTS, PlantedTruth

ARCHETYPE_SHARES = (0.26, 0.24, 0.20, 0.16, 0.14)
MONTHLY_RATES = (9.0, 6.0, 2.5, 4.0, 2.0)
RATE_SD = 0.3
SHARE_SIZE = 30.0
LARGEST_ATM_AND_SAVING = 0.95
DIGITAL_SHARES = (0.80, 0.25, 0.55, 0.85, 0.12)
ATM_SHARES = (0.05, 0.10, 0.08, 0.12, 0.40)
SAVING_SHARES = (0.06, 0.10, 0.50, 0.10, 0.10)
RECURRING_SHARES = (0.12, 0.05, 0.08, 0.35, 0.06)

T14 = PlantedTruth(
    id="T14",
    name="five archetypes of customers",
    parameters={
        "shares_of_customers": list(ARCHETYPE_SHARES),
        "monthly_rates": list(MONTHLY_RATES),
        "digital": list(DIGITAL_SHARES),
        "atm": list(ATM_SHARES),
        "saving": list(SAVING_SHARES),
        "recurring": list(RECURRING_SHARES),
    },
    estimand={"labels": "truth/customers.parquet, column archetype"},
    null_estimand=None,
    population=f"{ATTEMPTS}; digital = channel Online or Mobile among attempts that are not ATM"
    " withdrawals; ATM, saving (type Transfer) and recurring among all attempts",
)

PURCHASE_SHARE_OF_REST = 3.5 / 4.084
"""Share of purchases among attempts that are neither ATM withdrawals nor transfers (see above)."""
ONLINE_SHARE_OF_DIGITAL = 0.55
"""Online among digital attempts (the other part is Mobile), the same for everybody."""

# (kind, channel) of each component process, purchases first.
COMPONENTS = (
    (PURCHASE, POS),
    (PURCHASE, ONLINE),
    (PURCHASE, MOBILE),
    (WITHDRAWAL, ATM),
    (TRANSFER, BRANCH),
    (TRANSFER, ONLINE),
    (TRANSFER, MOBILE),
    (PAYMENT, BRANCH),
    (PAYMENT, ONLINE),
    (PAYMENT, MOBILE),
)
N_PURCHASE_COMPONENTS = 3


@dataclass(frozen=True)
class Activity:
    """Monthly attempt rate and shares of each customer of a block (arrays of length n)."""

    rate: NDArray[np.float64]
    digital: NDArray[np.float64]
    atm: NDArray[np.float64]
    saving: NDArray[np.float64]
    recurring: NDArray[np.float64]

    @property
    def purchase_rate(self) -> NDArray[np.float64]:
        """Expected purchases a month of activity."""
        return self.rate * (1 - self.atm - self.saving) * PURCHASE_SHARE_OF_REST


def draw_activity(ctx: BankContext, block: int, archetype: NDArray[np.integer]) -> Activity:
    """Draw the activity of a block's customers from their archetype codes 0..4.

    rate = archetype rate x lognormal(SD 0.3, mean 1); shares ~ Beta(30 p, 30 (1 - p)),
    independent of one another but that ATM and saving together never pass 0.95.
    """
    rng = ctx.rng("activity", "T14", block)

    def share(means: tuple[float, ...]) -> NDArray[np.float64]:
        mean = np.asarray(means)[archetype]
        return rng.beta(SHARE_SIZE * mean, SHARE_SIZE * (1 - mean))

    noise = rng.standard_normal(len(archetype))
    rate = np.asarray(MONTHLY_RATES)[archetype] * np.exp(RATE_SD * noise - RATE_SD**2 / 2)
    digital, atm, saving, recurring = (
        share(DIGITAL_SHARES),
        share(ATM_SHARES),
        share(SAVING_SHARES),
        share(RECURRING_SHARES),
    )
    atm = np.minimum(atm, LARGEST_ATM_AND_SAVING)
    saving = np.minimum(saving, LARGEST_ATM_AND_SAVING - atm)
    return Activity(rate, digital, atm, saving, np.minimum(recurring, 1 - atm - saving))


def standardised_log_purchase_rate(activity: Activity) -> NDArray[np.float64]:
    """(ln purchase rate - mean) / SD over the population of archetypes; drives opt-in (T02).

    Mean and SD are those of the population (delta method for the shares), not of the block, so
    that blocks stay independent.
    """
    weights = np.asarray(ARCHETYPE_SHARES)
    atm, saving = np.asarray(ATM_SHARES), np.asarray(SAVING_SHARES)
    rest = 1 - atm - saving
    spread = (atm * (1 - atm) + saving * (1 - saving)) / (SHARE_SIZE + 1) / rest**2
    means = (
        np.log(np.asarray(MONTHLY_RATES) * rest * PURCHASE_SHARE_OF_REST)
        - RATE_SD**2 / 2
        - spread / 2
    )
    mean = np.sum(weights * means)
    variance = np.sum(weights * ((means - mean) ** 2 + RATE_SD**2 + spread))
    return (np.log(activity.purchase_rate) - mean) / np.sqrt(variance)


def component_rates(block: Block) -> NDArray[np.float64]:
    """Expected attempts a month of every customer and component, shape (10, n)."""
    digital, atm, saving, _ = block.shares.T
    rest = 1 - atm - saving
    kind_share = {
        PURCHASE: rest * PURCHASE_SHARE_OF_REST,
        WITHDRAWAL: atm,
        TRANSFER: saving,
        PAYMENT: rest * (1 - PURCHASE_SHARE_OF_REST),
    }
    channel_share = {
        POS: 1 - digital,
        BRANCH: 1 - digital,
        ONLINE: digital * ONLINE_SHARE_OF_DIGITAL,
        MOBILE: digital * (1 - ONLINE_SHARE_OF_DIGITAL),
        ATM: np.ones_like(digital),
    }
    return np.stack(
        [block.tx_rate * kind_share[kind] * channel_share[channel] for kind, channel in COMPONENTS]
    )


def recurring_chance(block: Block) -> NDArray[np.float64]:
    """Chance that a purchase or bill payment of a customer is recurring (length n).

    Set so that recurring ones are the planted share of *all* attempts; never above 1.
    """
    _, atm, saving, recurring = block.shares.T
    return np.minimum(recurring / (1 - atm - saving), 1.0)
