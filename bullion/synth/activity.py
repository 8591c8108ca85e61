"""T14: how often each customer acts, and in which shares, as rates of the ten kinds of attempt.

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

import numpy as np
from numpy.typing import NDArray

from bullion.synth.profiles import ATM, BRANCH, MOBILE, ONLINE, POS
from bullion.synth.rows import PAYMENT, PURCHASE, TRANSFER, WITHDRAWAL
from bullion.synth.world import Block

ARCHETYPE_SHARES = (0.26, 0.24, 0.20, 0.16, 0.14)
MONTHLY_RATES = (9.0, 6.0, 2.5, 4.0, 2.0)
DIGITAL_SHARES = (0.80, 0.25, 0.55, 0.85, 0.12)
ATM_SHARES = (0.05, 0.10, 0.08, 0.12, 0.40)
SAVING_SHARES = (0.06, 0.10, 0.50, 0.10, 0.10)
RECURRING_SHARES = (0.12, 0.05, 0.08, 0.35, 0.06)

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


def _shares(block: Block) -> tuple[NDArray[np.float64], ...]:
    digital, atm, saving, recurring = block.shares.T
    atm = np.minimum(atm, 0.95)
    return digital, atm, np.minimum(saving, 0.97 - atm), recurring


def component_rates(block: Block) -> NDArray[np.float64]:
    """Expected attempts a month of every customer and component, shape (10, n)."""
    digital, atm, saving, _ = _shares(block)
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
    _, atm, saving, recurring = _shares(block)
    return np.minimum(recurring / (1 - atm - saving), 1.0)
