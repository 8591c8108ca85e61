"""One floor for all findings on small numbers: who is the highest is said of enough units only."""

from __future__ import annotations

import math

import pandas as pd

# No superlative and no comparison on fewer units.
LEAST_UNITS = 30
# Of a 95 % interval.
_Z = 1.959964


def enough(units: float | None, events: float | None = None, least: int = LEAST_UNITS) -> bool:
    """Whether so many units, and of them so many events, bear a comparison: ``least`` units or
    more, and some but not all of them events (None: it is no rate)."""
    if units is None or pd.isna(units) or units < least:
        return False
    return events is None or (not pd.isna(events) and 0 < events < units)


def differ(values: pd.Series) -> bool:
    """Whether the values that are there are two or more, and not all the same."""
    return pd.to_numeric(values).dropna().nunique() > 1


def leads(values: pd.Series) -> bool:
    """Whether one value is larger than all others."""
    largest = pd.to_numeric(values).dropna().nlargest(2)
    return len(largest) == 1 or (len(largest) == 2 and largest.iloc[0] > largest.iloc[1])


def stands_out(rows: pd.DataFrame, low: str = "ci_low", high: str = "ci_high") -> bool:
    """Whether the interval of the first row, the highest or the lowest, lies apart from that of
    every other."""
    first, others = rows.iloc[0], rows.iloc[1:]
    if pd.isna(first[low]) or pd.isna(first[high]) or others[[low, high]].isna().any(axis=None):
        return False
    return bool(((others[high] < first[low]) | (others[low] > first[high])).all())


def wilson(events: float, units: float) -> tuple[float, float]:
    """The 95 % interval of a rate by Wilson; nothing known where there are no units."""
    if pd.isna(events) or pd.isna(units) or units <= 0:
        return math.nan, math.nan
    rate, spread = events / units, _Z * _Z / units
    middle = (rate + spread / 2) / (1 + spread)
    half = _Z * math.sqrt(rate * (1 - rate) / units + spread / (4 * units)) / (1 + spread)
    return max(0.0, middle - half), min(1.0, middle + half)


def poisson(events: float) -> tuple[float, float]:
    """The 95 % interval of a number of events by Byar, where each comes by itself."""
    if pd.isna(events) or events < 0:
        return math.nan, math.nan
    low = (
        0.0 if events == 0 else events * (1 - 1 / (9 * events) - _Z / (3 * math.sqrt(events))) ** 3
    )
    more = events + 1
    return max(0.0, low), more * (1 - 1 / (9 * more) + _Z / (3 * math.sqrt(more))) ** 3


def counts_differ(now: float, before: float) -> bool:
    """Whether two numbers of events differ by more than chance (5 %), each coming by itself."""
    if pd.isna(now) or pd.isna(before) or now + before <= 0:
        return False
    return abs(now - before) > _Z * math.sqrt(now + before)


def rates_differ(now: float, units: float, before: float, units_before: float) -> bool:
    """Whether two rates, each of so many units, differ by more than chance (5 %)."""
    if any(pd.isna(value) for value in (now, units, before, units_before)):
        return False
    if min(units, units_before) < LEAST_UNITS:
        return False
    pooled = (now * units + before * units_before) / (units + units_before)
    error = math.sqrt(pooled * (1 - pooled) * (1 / units + 1 / units_before))
    return abs(now - before) > _Z * error
