"""What stands before any customer: the catalogue, the network and the economy, as values."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bullion.synth.market.places import Places

HISTORY_MONTHS = 132
SAVINGS_SPREAD = 0.20
"""Points that the variable savings rate stays under the policy rate."""


@dataclass(frozen=True)
class Catalogue:
    """Products, one element each (codes are the constants above; product id number = code + 1)."""

    name: list[str]
    category: list[str]
    tier: list[str]
    kind: NDArray[np.int64]
    rate: NDArray[np.float64]
    annual_fee: NDArray[np.float64]
    monthly_fee: NDArray[np.int64]
    overdraft: NDArray[np.int64]
    launch_day: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.name)


@dataclass(frozen=True)
class Network:
    """Branches and ATMs, one element each (id number = index + 1), positions in degrees.

    ``city``, ``atm_city`` and ``near_cities`` (branches, 25) are rows of ``places``. Every branch
    stays open; two open during the window, and nobody near them lives near another branch.
    """

    places: Places
    city: NDArray[np.int64]
    latitude: NDArray[np.float64]
    longitude: NDArray[np.float64]
    open_day: NDArray[np.int64]
    near_cities: NDArray[np.int64]
    atm_branch: NDArray[np.int64]
    atm_city: NDArray[np.int64]
    atm_latitude: NDArray[np.float64]
    atm_longitude: NDArray[np.float64]
    atm_install_day: NDArray[np.int64]


@dataclass(frozen=True)
class Economy:
    """Monthly series (one element per published month, oldest first).

    ``published`` day numbers; ``funds`` and ``unemployment`` in percentage points; ``market`` is
    the stock index. ``month`` is the month number of the publication (negative before the window).
    """

    published: NDArray[np.int64]
    month: NDArray[np.int64]
    funds: NDArray[np.float64]
    unemployment: NDArray[np.float64]
    market: NDArray[np.float64]
    bonds: NDArray[np.float64]
    month_days: NDArray[np.int64]

    def _last(self, days: NDArray) -> NDArray[np.int64]:
        found = np.searchsorted(self.published, days, side="right") - 1
        return np.maximum(found, 0)

    def funds_at(self, days: NDArray) -> NDArray[np.float64]:
        """Federal funds rate (points) last published on or before the days."""
        return self.funds[self._last(days)]

    def unemployment_before(self, days: NDArray) -> NDArray[np.float64]:
        """Unemployment (points) last published before the days."""
        return self.unemployment[self._last(np.asarray(days) - 1)]

    def savings_rate(self, days: NDArray) -> NDArray[np.float64]:
        """Variable savings rate (points) in force on the days.

        It changes on the first of a month, to the policy rate published before less the spread.
        """
        first = self.month_days[np.searchsorted(self.month_days, days, side="right") - 1]
        return np.maximum(self.funds[self._last(first - 1)] - SAVINGS_SPREAD, 0.05).round(2)

    def market_return(self, months: NDArray) -> NDArray[np.float64]:
        """Monthly return of the stock index in the given month numbers (>= 1 - HISTORY_MONTHS)."""
        place = np.asarray(months) + HISTORY_MONTHS
        return self.market[place] / self.market[place - 1] - 1
