"""Grids of indicators and gauges, two a row: they fit a phone and a wide page alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import pandas as pd
import plotly.graph_objects as go

from bullion.charts.formats import is_missing
from bullion.charts.theme import BAD, BLUE, GOOD, GRID, MUTED, TEXT

A_ROW = 2
# Pixels of a row, in a figure without its title.
INDICATOR_HEIGHT, GAUGE_HEIGHT = 90, 190
# From this value on: divided by that, with this letter. Below 10,000 a number is short as it is.
_SCALES = ((1e9, 1e9, "bn"), (1e6, 1e6, "m"), (1e4, 1e3, "k"))


@dataclass(frozen=True)
class Figure:
    """A key figure: its column, what it is called, d3's format, and whether more is better."""

    column: str
    name: str
    format: str = ",.0f"
    more_is: Literal["good", "bad", "neither"] = "good"


def indicator_grid(
    figures: Sequence[Figure], now: pd.Series, before: pd.Series | None
) -> go.Figure:
    """One indicator a figure, with its relative change where the table has one."""
    drawn = go.Figure()
    for place, each in enumerate(figures):
        value = value_of(now, each.column)
        earlier = None if before is None else value_of(before, each.column)
        # Scaled here: d3 writes a half as 500m and a billion as 1G.
        _, size, letter = next((s for s in _SCALES if abs(value or 0) >= s[0]), (0.0, 1.0, ""))
        has_change = value is not None and bool(earlier) and _is_compared(before, each.column)
        drawn.add_trace(
            go.Indicator(
                mode="number+delta" if has_change else "number",
                value=None if value is None else value / size,
                number={
                    "valueformat": ",.1f" if letter else each.format,
                    "suffix": letter,
                    "font": {"size": 22, "color": TEXT},
                },
                delta=_change(earlier / size, each) if has_change and earlier else None,
                title={"text": each.name, "font": {"size": 13, "color": MUTED}},
                domain=_cell(place, len(figures), above=0.15, below=0.15, beside=0.01),
            )
        )
    return drawn


def gauge_grid(figures: Sequence[Figure], now: pd.Series, before: pd.Series | None) -> go.Figure:
    """One gauge a rate, from zero to a round number above it; a line marks the earlier value."""
    drawn = go.Figure()
    for place, each in enumerate(figures):
        value = value_of(now, each.column)
        earlier = None if before is None else value_of(before, each.column)
        limit = _round_above(value, earlier)
        gauge: dict[str, Any] = {
            "axis": {
                "range": [0, limit],
                "tickvals": [0, limit / 2, limit],
                "tickformat": ".2~%",
                "tickfont": {"size": 11, "color": MUTED},
            },
            "bar": {"color": BLUE, "thickness": 0.7},
            "bgcolor": GRID,
            "borderwidth": 0,
        }
        if earlier is not None:
            gauge["threshold"] = {
                "value": earlier,
                "thickness": 0.9,
                "line": {"color": TEXT, "width": 2},
            }
        drawn.add_trace(
            go.Indicator(
                mode="gauge+number",
                value=value,
                number={"valueformat": each.format, "font": {"size": 18, "color": TEXT}},
                title={"text": each.name, "font": {"size": 13, "color": MUTED}},
                gauge=gauge,
                domain=_cell(place, len(figures), above=0.3, below=0.08, beside=0.11),
            )
        )
    return drawn


def rows_of_grid(figures: Sequence[Figure]) -> int:
    """How many rows the figures take."""
    return -(-len(figures) // A_ROW)


def value_of(row: pd.Series, column: str) -> float | None:
    """A row's value as a float, None where it is missing."""
    value = row.get(column)
    return None if is_missing(value) else float(value)


def _is_compared(before: pd.Series | None, column: str) -> bool:
    """Whether the table leaves a change: none where the earlier value is not of its time."""
    rate = f"{column}_change_rate"
    return before is not None and (rate not in before.index or not is_missing(before[rate]))


def _cell(place: int, of: int, above: float, below: float, beside: float) -> dict[str, list[float]]:
    """The domain of the indicator at a place, row by row from the top left; the parts of its
    height above and below it, and of the figure's width beside it, stay free."""
    rows = -(-of // A_ROW)
    row, column = divmod(place, A_ROW)
    return {
        "x": [column / A_ROW + beside, (column + 1) / A_ROW - beside],
        "y": [1 - (row + 1 - below) / rows, 1 - (row + above) / rows],
    }


def _change(earlier: float, figure: Figure) -> dict[str, Any]:
    better, worse = {"good": (GOOD, BAD), "bad": (BAD, GOOD), "neither": (MUTED, MUTED)}[
        figure.more_is
    ]
    return {
        "reference": earlier,
        # Beneath, its frame would reach into that of the number.
        "position": "right",
        "relative": True,
        "valueformat": ".1%",
        "increasing": {"color": better},
        "decreasing": {"color": worse},
        "font": {"size": 12},
    }


def _round_above(*values: float | None) -> float:
    """The least of 1, 2, 5, 10, 20, 50 and 100 % (or whole hundreds) that is well above all."""
    most = 1.25 * max((value for value in values if value is not None), default=0.0)
    for limit in (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0):
        if most <= limit:
            return limit
    return float(-(-most // 1))
