"""One floor for all findings on small numbers: who is the highest is said of enough units only."""

from __future__ import annotations

import pandas as pd

# No superlative and no comparison on fewer units.
LEAST_UNITS = 30


def enough(units: float, events: float | None = None, least: int = LEAST_UNITS) -> bool:
    """Whether so many units, and of them so many events, bear a comparison: ``least`` units or
    more, and some but not all of them events (None: it is no rate)."""
    if pd.isna(units) or units < least:
        return False
    return events is None or (not pd.isna(events) and 0 < events < units)


def differ(values: pd.Series) -> bool:
    """Whether the values that are there are two or more, and not all the same."""
    return pd.to_numeric(values).dropna().nunique() > 1


def stands_out(rows: pd.DataFrame, low: str = "ci_low", high: str = "ci_high") -> bool:
    """Whether the interval of the first row, the highest or the lowest, lies apart from that of
    every other."""
    first, others = rows.iloc[0], rows.iloc[1:]
    if pd.isna(first[low]) or pd.isna(first[high]) or others[[low, high]].isna().any(axis=None):
        return False
    return bool(((others[high] < first[low]) | (others[low] > first[high])).all())
