"""Economic indicators: published once a month, the policy rate and unemployment that drive T04-T07.

A value counts from the day it was published on: ``at(days)`` gives the last one published before
or on a day, never a later one.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bullion.synth import context
from bullion.synth.files import columns as col
from bullion.synth.market.state import HISTORY_MONTHS, Economy

PUBLICATION_DAY = 10

_FUNDS_PATH = ((0, 0.25), (2, 0.25), (18, 5.25), (29, 5.25), (45, 3.50), (48, 3.50))
_FUNDS_HISTORY = ((-132, 0.25), (-75, 0.25), (-38, 2.50), (-30, 2.50), (-22, 0.25), (0, 0.25))
_UNEMPLOYMENT_PATH = ((0, 3.5), (6, 3.5), (22, 7.5), (27, 7.5), (44, 4.5), (48, 4.5))
_UNEMPLOYMENT_HISTORY = ((-132, 6.0), (-60, 4.0), (-30, 3.6), (0, 3.5))


def _stretched(path: tuple[tuple[float, float], ...], scale: float, x: NDArray) -> NDArray:
    knots = np.array(path)
    return np.interp(x, knots[:, 0] * scale, knots[:, 1])


def make_economy(ctx: context.BankPlan) -> Economy:
    """Paths of the window stretched to its length, with history before it.

    The policy rate moves in quarter points; unemployment goes 3.5, 7.5, 4.5 over the window.
    """
    month = np.arange(-HISTORY_MONTHS, ctx.months)
    scale = ctx.months / 48
    inside = month >= 0
    funds = np.where(
        inside, _stretched(_FUNDS_PATH, scale, month), _stretched(_FUNDS_HISTORY, 1, month)
    )
    noise = ctx.rng("economic_indicators", "T06").standard_normal(len(month))
    unemployment = np.where(
        inside,
        _stretched(_UNEMPLOYMENT_PATH, scale, month),
        _stretched(_UNEMPLOYMENT_HISTORY, 1, month),
    )
    rng = ctx.rng("economic_indicators")
    market = 1400 * np.exp(np.cumsum(0.0065 + 0.035 * rng.standard_normal(len(month))))
    bonds = 100 * np.exp(np.cumsum(0.002 + 0.010 * rng.standard_normal(len(month))))
    days = ctx.month_start(month)
    return Economy(
        published=days + PUBLICATION_DAY - 1,
        month=month,
        funds=np.round(funds * 4) / 4,
        unemployment=np.round(unemployment + 0.05 * noise, 1),
        market=np.round(market, 2),
        bonds=np.round(bonds, 2),
        month_days=days,
    )


def indicators_table(ctx: context.BankContext) -> col.Columns:
    """The economic_indicators table: one row a month, dated by its publication."""
    economy = ctx.economy
    rng = ctx.rng("economic_indicators", "others")
    n = len(economy.month)
    noise = rng.standard_normal((6, n))
    slack = economy.unemployment - 4.5
    inflation = 0.025 + 0.006 * (economy.funds - 2) / 2 + 0.002 * noise[0]
    treasury = 0.012 + 0.006 * economy.funds + 0.001 * noise[1]
    housing = 180 * np.exp(np.cumsum(0.004 + 0.003 * noise[2]))
    percent = economy.funds / 100
    return {
        "indicator_date": col.dates(economy.published),
        "gdp_growth_rate": col.rate(0.022 - 0.008 * slack + 0.003 * noise[3]),
        "unemployment_rate": col.rate(economy.unemployment / 100),
        "inflation_rate": col.rate(inflation),
        "federal_funds_rate": col.rate(percent),
        "prime_rate": col.rate(percent + 0.03),
        "treasury_10y_rate": col.rate(treasury),
        "mortgage_30y_rate": col.rate(treasury + 0.018),
        "sp500_index": col.numeric(economy.market),
        "bond_index": col.numeric(economy.bonds),
        "vix_index": col.numeric(np.round(18 + 2 * slack + 3 * np.abs(noise[4]), 2)),
        "consumer_confidence_index": col.numeric(np.round(105 - 6 * slack + 2 * noise[5], 1)),
        "housing_price_index": col.numeric(np.round(housing, 2)),
    }
