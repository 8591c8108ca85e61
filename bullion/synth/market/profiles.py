"""When and what customers buy: the planted hour, weekday and category tables (T13, T15, T21, T24).

Everything here is a table of constants or a pure function of the bank's dates and seed. Counts
carry the season (T13), the odd days (T21) and the campaign lift (T02); amounts carry the category
(T24) and the segment (T23) only; channel and hour carry the profiles and the fraud cells only.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bullion.synth.context import to_date
from bullion.synth.planted import ATTEMPTS, PlantedTruth

CHANNELS = ("POS", "Online", "Mobile", "ATM", "Branch")
POS, ONLINE, MOBILE, ATM, BRANCH = range(5)
PURCHASE_CHANNELS = (POS, ONLINE, MOBILE)

CATEGORIES = (
    "Grocery",
    "Restaurant",
    "Gas Station",
    "Retail",
    "Entertainment",
    "Healthcare",
    "Utilities",
    "Travel",
    "Online Shopping",
    "Services",
)
SEASONAL_CATEGORIES = ("Retail", "Online Shopping")
DECEMBER_FACTOR = 1.18

# Share of each category (order of CATEGORIES) among the purchases of a channel.
CATEGORY_MIX = {
    POS: (0.22, 0.19, 0.12, 0.19, 0.05, 0.06, 0.01, 0.03, 0.00, 0.13),
    ONLINE: (0.06, 0.07, 0.00, 0.16, 0.09, 0.04, 0.09, 0.09, 0.33, 0.07),
    MOBILE: (0.07, 0.19, 0.04, 0.15, 0.12, 0.03, 0.06, 0.06, 0.21, 0.07),
}

# ln amount of a purchase = BASE_LOG_AMOUNT + category + ln(segment multiplier) + N(0, SD).
BASE_LOG_AMOUNT = 3.6
AMOUNT_SD = 0.8
CATEGORY_LOG_AMOUNT = (0.20, -0.10, -0.05, 0.30, -0.15, 0.45, 0.60, 1.30, 0.25, 0.10)

T24 = PlantedTruth(
    id="T24",
    name="logarithms of amounts are normal",
    parameters={
        "mean_log": BASE_LOG_AMOUNT,
        "sd_log": AMOUNT_SD,
        "category_log": dict(zip(CATEGORIES, CATEGORY_LOG_AMOUNT, strict=True)),
    },
    estimand="normal logarithms within category x segment",
    null_estimand=None,
    population="attempted purchases that are not fraud",
)

# weight of hour h (UTC) = exp(kappa cos(2 pi (h - peak) / 24)); Branch is flat in its hours.
HOUR_PEAK_KAPPA = {POS: (15, 1.2), ONLINE: (20, 0.7), MOBILE: (18, 0.6), ATM: (14, 0.9)}
BRANCH_HOURS = range(9, 17)
NIGHT_HOURS = range(6)

# Monday .. Sunday, relative to 1.
WEEKDAY_WEIGHTS = {
    POS: (0.92, 0.92, 0.95, 1.00, 1.15, 1.20, 0.86),
    ONLINE: (1.02, 1.00, 0.98, 0.98, 0.96, 1.00, 1.06),
    MOBILE: (1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0),
    ATM: (0.95, 0.92, 0.95, 1.02, 1.25, 1.15, 0.76),
    BRANCH: (1.3, 1.1, 1.1, 1.1, 1.4, 1.0, 0.0),
}
FOREIGN_SHARE = {POS: 0.03, ONLINE: 0.08, MOBILE: 0.05, ATM: 0.0, BRANCH: 0.0}

ODD_DAY_FACTORS = (1.6, 0.55, 1.5, 0.6, 1.7, 0.5)
ODD_DAY_MARGIN = 60
PAY_DAYS_OF_MONTH = (1, 15)
QUIET_DAYS_OF_MONTH = range(5, 13)


@dataclass(frozen=True)
class Calendar:
    """The days of the bank's window: ``first`` is the day number of day 0.

    month: month index of each day (0 = the first); calendar_month 1..12; day_of_month 1..31;
    weekday 0 = Monday. All of length n_days.
    """

    first: int
    month: NDArray[np.int64]
    calendar_month: NDArray[np.int64]
    day_of_month: NDArray[np.int64]
    weekday: NDArray[np.int64]

    @property
    def n_days(self) -> int:
        """Number of days of the window, both ends in."""
        return len(self.month)


def calendar(first_day: int, last_day: int) -> Calendar:
    """Calendar of the window from first_day to last_day (day numbers since 1970-01-01), both in."""
    days = np.arange(first_day, last_day + 1)
    dates = days.astype("datetime64[D]")
    months = dates.astype("datetime64[M]")
    month_number = months.astype(np.int64)
    return Calendar(
        first=int(first_day),
        month=month_number - month_number[0],
        calendar_month=month_number % 12 + 1,
        day_of_month=(dates - months).astype(np.int64) + 1,
        weekday=(days + 3) % 7,
    )


def hour_shares(channel: int) -> NDArray[np.float64]:
    """Share of each of the 24 UTC hours in the transactions of a channel (truths.md section 2)."""
    hours = np.arange(24)
    if channel == BRANCH:
        weights = np.isin(hours, BRANCH_HOURS).astype(float)
    else:
        peak, kappa = HOUR_PEAK_KAPPA[channel]
        weights = np.exp(kappa * np.cos(2 * np.pi * (hours - peak) / 24))
    return weights / weights.sum()


T13 = PlantedTruth(
    id="T13",
    name="December lifts two categories",
    parameters={
        "december_factor": DECEMBER_FACTOR,
        "categories": list(SEASONAL_CATEGORIES),
        "hour_shares_utc": {
            name: [round(float(share), 10) for share in hour_shares(channel)]
            for channel, name in enumerate(CHANNELS)
        },
        "weekday_weights_monday_first": {
            name: list(WEEKDAY_WEIGHTS[channel]) for channel, name in enumerate(CHANNELS)
        },
        "category_mix": {
            CHANNELS[channel]: list(CATEGORY_MIX[channel]) for channel in PURCHASE_CHANNELS
        },
    },
    null_parameters={"december_factor": 1.0},
    estimand={
        "log_ratio": math.log(DECEMBER_FACTOR),
        "classical_index": DECEMBER_FACTOR / ((11 + DECEMBER_FACTOR) / 12),
    },
    null_estimand={"log_ratio": 0.0, "classical_index": 1.0},
    population="monthly count of purchases (every status) in these categories, the expected count"
    " of a month does not depend on its length; taken as a ratio to the purchases in the other"
    " categories, the lift of campaign windows (T02) and the odd days (T21) cancel, which otherwise"
    " widen the standard error by two thirds. Profiles: attempts by channel",
)


def night_share(channel: int) -> float:
    """Share of a channel's transactions in the night hours 00 to 05 UTC."""
    return float(hour_shares(channel)[list(NIGHT_HOURS)].sum())


def odd_days(cal: Calendar) -> dict[int, float]:
    """T21: day index in the window -> planted factor on that day's transaction count.

    Six days (fewer in a window too short to hold them) spread evenly over the window, outside
    December, away from pay days and month ends (days 5 to 12 of a month), and outside the first
    and last 60 days; their weekdays differ as far as the calendar allows.
    """
    index = np.arange(cal.n_days)
    fit = (
        (index >= ODD_DAY_MARGIN)
        & (index < cal.n_days - ODD_DAY_MARGIN)
        & (cal.calendar_month != 12)
        & np.isin(cal.day_of_month, QUIET_DAYS_OF_MONTH)
    )
    chosen: dict[int, float] = {}
    span = cal.n_days - 2 * ODD_DAY_MARGIN
    for number, factor in enumerate(ODD_DAY_FACTORS):
        target = ODD_DAY_MARGIN + span * (number + 0.5) / len(ODD_DAY_FACTORS)
        candidates = index[fit & (cal.weekday == (2 * number + 1) % 6)]
        candidates = candidates[[all(abs(day - c) >= 20 for c in chosen) for day in candidates]]
        if len(candidates):
            chosen[int(candidates[np.argmin(np.abs(candidates - target))])] = factor
    return chosen


def t21(cal: Calendar) -> PlantedTruth:
    """The odd days of the bank's window."""
    factors = {
        to_date(cal.first + day).isoformat(): factor for day, factor in odd_days(cal).items()
    }
    return PlantedTruth(
        id="T21",
        name="six odd days",
        parameters={"factors": factors},
        estimand=list(factors),
        null_estimand=[],
        population=f"daily count of {ATTEMPTS}",
    )


def odd_day_factors(cal: Calendar) -> NDArray[np.float64]:
    """T21: factor on the count of each day of the window, 1 on ordinary days."""
    factors = np.ones(cal.n_days)
    for day, factor in odd_days(cal).items():
        factors[day] = factor
    return factors


def day_weights(cal: Calendar, channel: int) -> NDArray[np.float64]:
    """Share of a month's transactions of a channel that falls on each day; sums to 1 per month.

    Normalised per month so that a month's expected count does not depend on its length or on
    which weekdays it holds five times: the December factor of T13 is then exactly what a monthly
    count shows.
    """
    weights = np.asarray(WEEKDAY_WEIGHTS[channel])[cal.weekday]
    totals = np.bincount(cal.month, weights=weights)
    return np.asarray(weights / totals[cal.month])
