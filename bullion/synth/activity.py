"""T14: how often each customer acts, and in which shares (drawn once per block, used by all).

Sizes, reconciled with section 2 of truths.md. An archetype's transactions a month (9, 6, 2.5, 4, 2)
are the *attempts the customer starts*: purchases, ATM withdrawals, transfers to savings and bill
payments, retries apart. With the archetype shares this makes 5.2 a customer-month, of which 9 %
ATM (84,000 in the default bank of 171,000 customer-months) and 12 % transfers; of the rest (4.08)
one in seven is a bill payment, which leaves 3.5 purchases a customer-month (600,000). What the
bank itself posts comes on top and belongs to no archetype: payroll deposits, card and loan
payments received, refunds, fees (200,000). Together about 1.1 M rows.

The shares and their denominators, so that each is one binomial of what can be counted:
digital = Online or Mobile among attempts other than ATM withdrawals; ATM, saving (type Transfer)
and recurring (is_recurring) among all attempts.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

ARCHETYPE_SHARES = (0.26, 0.24, 0.20, 0.16, 0.14)
MONTHLY_RATES = (9.0, 6.0, 2.5, 4.0, 2.0)
RATE_SD = 0.3
SHARE_SIZE = 30.0
DIGITAL_SHARES = (0.80, 0.25, 0.55, 0.85, 0.12)
ATM_SHARES = (0.05, 0.10, 0.08, 0.12, 0.40)
SAVING_SHARES = (0.06, 0.10, 0.50, 0.10, 0.10)
RECURRING_SHARES = (0.12, 0.05, 0.08, 0.35, 0.06)

# Share of purchases among attempts that are neither ATM withdrawals nor transfers (see above).
PURCHASE_SHARE_OF_REST = 3.5 / 4.084
# Share of Online (the other part is Mobile) in digital attempts, the same for everybody.
ONLINE_SHARE_OF_DIGITAL = 0.55
LARGEST_ATM_AND_SAVING_SHARE = 0.95


class _Streams(Protocol):
    def rng(self, table: str, truth: str, block: int) -> np.random.Generator: ...


@dataclass(frozen=True)
class Activity:
    """Monthly attempt rate and shares of each customer of a block (arrays of length n)."""

    rate: NDArray[np.float64]
    digital: NDArray[np.float64]
    atm: NDArray[np.float64]
    saving: NDArray[np.float64]
    recurring: NDArray[np.float64]

    @property
    def purchase_share(self) -> NDArray[np.float64]:
        """Share of purchases among all attempts."""
        return (1 - self.atm - self.saving) * PURCHASE_SHARE_OF_REST

    @property
    def purchase_rate(self) -> NDArray[np.float64]:
        """Expected purchases a month of activity."""
        return self.rate * self.purchase_share


def draw_activity(ctx: _Streams, block: int, archetype: NDArray[np.integer]) -> Activity:
    """Draw the activity of a block's customers from their archetype codes 0..4.

    rate = archetype rate x lognormal(SD 0.3, mean 1); shares ~ Beta(30 p, 30 (1 - p)),
    independent of one another. Pure: the same block gives the same answer however often asked.
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
    saving = np.minimum(saving, np.maximum(LARGEST_ATM_AND_SAVING_SHARE - atm, 0))
    atm = np.minimum(atm, LARGEST_ATM_AND_SAVING_SHARE)
    recurring = np.minimum(recurring, 1 - atm - saving)
    return Activity(rate, digital, atm, saving, recurring)


def standardised_log_purchase_rate(activity: Activity) -> NDArray[np.float64]:
    """(ln purchase rate - mean) / SD over the population of archetypes; the driver of opt-in (T02).

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
