"""What charts of estimates with intervals share: a forest, and ticks of a logarithmic scale."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from bullion.charts import formats, theme

ROW_HEIGHT = 28
# What the models call found (dbt_project.yml, var alpha).
ALPHA = 0.05


def complete(data: pd.DataFrame, *columns: str) -> pd.DataFrame:
    """The rows that have a value in each of these columns, numbered anew."""
    return data.dropna(subset=list(columns)).reset_index(drop=True)


def log_ticks(low: float, high: float) -> dict[str, list[Any]]:
    """Ticks at 1, 2 and 5 times powers of ten; at 1 and 3, or powers alone, where those are many.

    Both bounds are positive.
    """
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    steps = (1, 2, 5) if len(powers) <= 3 else (1, 3) if len(powers) <= 5 else (1,)
    at = [step * 10.0**power for power in powers for step in steps]
    return {"tickvals": at, "ticktext": [_tick(value) for value in at]}


def forest(
    rows: pd.DataFrame,
    *,
    labels: str,
    reference: float,
    log: bool,
    text: Callable[[float], str],
    names: tuple[str, str, str],
) -> go.Figure:
    """One row an estimate: a mark, its interval, a line where there is no difference.

    Args:
        rows: from the top down; columns estimate, ci_low, ci_high and ``labels``; detail, where
            there is one, is said in the hover.
        labels: column with what stands at the left, unique.
        reference: the value of no difference.
        log: whether equal steps are equal ratios.
        text: how a value is said in the hover.
        names: legend of intervals above, below and on both sides of the reference.
    """
    values = rows[["estimate", "ci_low", "ci_high"]].apply(pd.to_numeric)
    drawn = rows[values["estimate"].notna()].assign(**values.to_dict("series"))
    if log:
        drawn = drawn[drawn["estimate"] > 0]
    sides = np.select(
        [drawn["ci_low"] > reference, drawn["ci_high"] < reference], [0, 1], default=2
    )
    figure = go.Figure()
    for side, colour, symbol in (
        (0, theme.BLUE, "circle"),
        (1, theme.ORANGE, "diamond"),
        (2, theme.GREY, "circle-open"),
    ):
        mine = drawn[sides == side]
        figure.add_scatter(
            x=mine["estimate"],
            y=mine[labels],
            mode="markers",
            name=names[side],
            marker={"color": colour, "size": 10, "symbol": symbol, "line": {"width": 2}},
            error_x={**theme.error_bars(mine, "estimate"), "color": colour},
            customdata=[
                f"{getattr(row, 'detail', '')}{text(row.estimate)} "
                f"(95 % interval {text(row.ci_low)} to {text(row.ci_high)})"
                for row in mine.itertuples()
            ],
            hovertemplate="%{y}<br>%{customdata}<extra></extra>",
            showlegend=len(mine) > 0,
        )
    figure.add_vline(x=reference, line={"color": theme.MUTED, "width": 1.5, "dash": "dash"})
    figure.update_yaxes(
        categoryorder="array",
        categoryarray=rows[labels].tolist(),
        autorange="reversed",
        showgrid=False,
    )
    if log and len(drawn):
        ends = pd.concat([drawn["estimate"], drawn["ci_low"], drawn["ci_high"]])
        ends = ends[ends > 0]
        figure.update_xaxes(type="log", **log_ticks(ends.min(), ends.max()))
    return figure


def forest_height(count: int) -> int:
    """Pixels of a forest with so many rows, frame included."""
    return 190 + ROW_HEIGHT * max(3, count)


def _tick(value: float) -> str:
    return formats.short(value, 1) if value >= 1 else f"{value:g}"
