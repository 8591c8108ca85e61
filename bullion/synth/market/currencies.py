"""Currencies beside the bank's own: which accounts are kept in one, and its rate each day."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pyarrow as pa

from bullion.synth import context
from bullion.synth.customers.world import INVESTMENT, Block
from bullion.synth.files import columns as col

OWN = "USD"
EVERY = context.MOST_CURRENCIES + 1
"""Of so many customers the first keeps accounts in the first other currency, the next in the
second, and so on."""

_FIRST_RATE = context.day_number(dt.date(2000, 1, 3))
_DAILY_CHANGE = 0.004


def account_codes(ctx: context.BankPlan, block: Block) -> np.ndarray:
    """For each account of the block, 0 for the bank's own currency, else 1 + that of the others.

    Whoever keeps accounts in another currency invests in the bank's own all the same.
    """
    accounts = block.accounts
    place = block.index[accounts.customer] % EVERY
    is_other = (place < len(ctx.currencies)) & (accounts.kind != INVESTMENT)
    return np.where(is_other, place + 1, 0)


def account_currency(
    ctx: context.BankPlan, block: Block, rows: np.ndarray | None = None
) -> pa.Array:
    """The currency of each account of the block, or of the accounts that ``rows`` names."""
    n = len(block.accounts) if rows is None else len(rows)
    if not ctx.currencies:
        return col.constant(OWN, n)
    codes = account_codes(ctx, block)
    return col.labels(codes if rows is None else codes[rows], (OWN, *ctx.currencies))


def rates_table(ctx: context.BankPlan, first: int, last: int) -> col.Columns:
    """The exchange_rates of the working days from one day number to another, both included.

    Each walks at random from the first working day of 2000 on, so that a later day changes none.
    """
    days = np.arange(_FIRST_RATE, last + 1)
    days = days[np.is_busday(days.astype("datetime64[D]"))]
    shown = days >= first
    n = int(shown.sum())
    walks = []
    for currency in ctx.currencies:
        steps = ctx.rng("exchange_rates", currency).standard_normal(len(days))
        walk = context.OTHER_CURRENCIES[currency] * np.exp(np.cumsum(_DAILY_CHANGE * steps))
        walks.append(np.rint(walk[shown] * 1e6) * 1e3)
    units = np.concatenate(walks) if walks else np.empty(0)
    return {
        "rate_date": col.dates(np.tile(days[shown], len(ctx.currencies))),
        "currency": col.labels(np.repeat(np.arange(len(ctx.currencies)), n), ctx.currencies),
        "reporting_currency": col.constant(OWN, len(units)),
        "rate": col.exchange_rate(units.astype(np.int64)),
        "source": col.constant("Central bank", len(units)),
    }
