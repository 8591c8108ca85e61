"""Ticks of axes, written as the numbers of sentences and marks are."""

from __future__ import annotations

import math
from typing import Any, Literal

import pandas as pd

from bullion.charts.formats import SPACE, count, number, short

Kind = Literal["count", "money", "number", "percent", "change", "points"]
Ticks = dict[str, list[Any]]


def ticks(low: float, high: float, kind: Kind, most: int = 5) -> Ticks:
    """At most ``most`` ticks between two values, 1, 2 or 5 times a power of ten apart.

    Fractions are written as per cent (``percent``, ``change`` with a sign), counts in whole
    numbers, money short; ``points`` are points already.
    """
    if not (math.isfinite(low) and math.isfinite(high)) or high <= low:
        low, high = 0.0, 1.0
    power = math.floor(math.log10((high - low) / most)) - 1
    steps = (lead * 10.0 ** (power + more) for more in range(4) for lead in (1, 2, 5))
    least = 1.0 if kind == "count" else 0.0
    step = next(
        step
        for step in steps
        if step >= least and math.floor(high / step) - math.ceil(low / step) < most
    )
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    at = [round(place * step, 12) for place in range(first, last + 1)]
    top = max((abs(value) for value in at), default=0.0)
    return {"tickvals": at, "ticktext": [tick(value, step, kind, top) for value in at]}


def log_ticks(low: float, high: float) -> Ticks:
    """Ticks at 1, 2 and 5 times powers of ten; at 1 and 3, or powers alone, where those are many.

    Both bounds are positive.
    """
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    leads = (1, 2, 5) if len(powers) <= 2 else (1, 3) if len(powers) <= 4 else (1,)
    at = [lead * 10.0**power for power in powers for lead in leads]
    inside = [value for value in at if low / 1.2 <= value <= high * 1.2]
    at = inside if len(inside) > 1 else at
    return {"tickvals": at, "ticktext": [_of_log(value) for value in at]}


def date_ticks(first: pd.Timestamp, last: pd.Timestamp) -> Ticks:
    """Years over long spans; else months, every one, second, third or sixth; or single days."""
    if pd.isna(first) or pd.isna(last):
        return {"tickvals": [], "ticktext": []}
    months = 12 * (last.year - first.year) + last.month - first.month
    if months >= 30:
        step = -(-(last.year - first.year + 1) // 7)
        years = range(first.year + (first.month > 1), last.year + 1, step)
        return {
            "tickvals": [f"{year}-01-01" for year in years],
            "ticktext": [str(year) for year in years],
        }
    if months >= 2:
        step = next(step for step in (1, 2, 3, 6, 12) if months / step <= 5)
        starts = pd.date_range(first.replace(day=1), last, freq=f"{step}MS")
        return {
            "tickvals": [f"{start:%Y-%m-%d}" for start in starts],
            "ticktext": [f"{start:%b %Y}" for start in starts],
        }
    days = pd.date_range(first.normalize(), last, periods=min((last - first).days + 1, 4))
    days = days.normalize().unique()
    return {
        "tickvals": [f"{day:%Y-%m-%d}" for day in days],
        "ticktext": [f"{day.day} {day:%b %Y}" for day in days],
    }


def tick(value: float, step: float, kind: Kind, top: float) -> str:
    """A value of an axis whose ticks are ``step`` apart and reach to ``top``."""
    if not value:
        return f"0{SPACE}%" if kind in ("percent", "change") else "0"
    if kind == "count":
        return short(value, 3).replace(".0", "") if top >= 100_000 else count(value)
    if kind == "money":
        size, letter = next(
            ((s, letter) for s, letter in ((1e9, "bn"), (1e6, "m"), (1e3, "k")) if top >= s),
            (1.0, ""),
        )
        return f"{number(value / size, _digits(step / size))}{letter}"
    if kind in ("percent", "change"):
        text = f"{number(100 * value, _digits(100 * step))}{SPACE}%"
        return f"+{text}" if kind == "change" and value > 0 else text
    text = number(value, _digits(step))
    return f"+{text}" if kind == "points" and value > 0 else text


def _digits(step: float) -> int:
    return max(0, -math.floor(math.log10(step) + 1e-9))


def _of_log(value: float) -> str:
    if value >= 1000:
        return short(value, 1)
    return number(value, 0) if value >= 1 else f"{value:g}"
