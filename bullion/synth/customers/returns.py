"""Customers who left and come back: by their old checking account, reopened, or by a new one.

Leaving (T01) is drawn before, and who has left once is not exposed to it again, so that returns
move no estimand: drivers, months at risk and leavers count up to the first leaving. Who is back
makes one deposit of the assets that T16 drew for them and stays to the bank's end; what customers
do by themselves (purchases, sessions, contacts) is that of the life before.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bullion.synth.context import NEVER, SECONDS_PER_DAY, BankContext
from bullion.synth.customers.world import Block
from bullion.synth.market import products
from bullion.synth.market.profiles import ONLINE
from bullion.synth.money.rows import DEPOSIT, Rows, posted

RETURNED_SHARE = 0.08
"""Of those who leave early enough to be back LAST_DAYS before the bank's end."""

AWAY_DAYS = (45, 345)
LAST_DAYS = 30
REOPENED_SHARE = 0.5
SLOT = 15
"""Slot of the account that is opened on the return: the one that no product of T20 takes."""


def draw_returns(ctx: BankContext, block: Block) -> None:
    """Set ``return_day`` and ``reopens``: whether the old account is used again."""
    rng = ctx.rng("accounts", "returns", block.number)
    n = len(block)
    chosen = rng.random(n) < RETURNED_SHARE
    day = block.churn_day + rng.integers(*AWAY_DAYS, n)
    back = chosen & (block.churn_day < NEVER) & (day <= ctx.end_day - LAST_DAYS)
    block.return_day = np.where(back, day, NEVER)
    block.reopens = back & (rng.random(n) < REOPENED_SHARE)


def new_accounts(block: Block) -> NDArray[np.int64]:
    """Day on which each customer's account of SLOT is opened, NEVER where none is."""
    days: NDArray[np.int64] = np.where(block.reopens, NEVER, block.return_day)
    return days


def reopen_days(block: Block, customer: NDArray, slot: NDArray) -> NDArray[np.int64]:
    """Day on which each account is reopened: checking accounts of those who come back to them."""
    again = (slot == products.EVERYDAY) & block.reopens[customer]
    days: NDArray[np.int64] = np.where(again, block.return_day[customer], NEVER)
    return days


def deposits(ctx: BankContext, block: Block) -> Rows:
    """The deposit of each return; sets the current balance of its account."""
    accounts = block.accounts
    which = np.flatnonzero((accounts.reopen_day < NEVER) | (accounts.slot == SLOT))
    owner = accounts.customer[which]
    cents = block.raw["returns"]["assets"][owner]
    accounts.current_balance[which] = cents
    n = len(which)
    nonce = ctx.rng("transactions", "posted returns", block.number).integers(
        0, 2**64, n, dtype=np.uint64
    )
    noon = 11 * 3600 + (nonce % np.uint64(5 * 3600)).astype(np.int64)
    return posted(
        customer=owner,
        account=which,
        second=block.return_day[owner] * SECONDS_PER_DAY + noon,
        kind=DEPOSIT,
        channel=ONLINE,
        cents=cents,
        nonce=nonce,
    )
