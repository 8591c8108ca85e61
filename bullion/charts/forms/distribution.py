"""How values are spread: bars by size, a box of quantiles above them, median and mean marked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import plotly.graph_objects as go

from bullion.charts.contrast import faded
from bullion.charts.formats import is_missing, money
from bullion.charts.forms.parts import (
    AXIS,
    MARGIN,
    Keys,
    Picture,
    blank,
    floats,
    height_of,
    hover,
    most_of,
    names_axis,
    stacked,
    value_axis,
    words_of,
)
from bullion.charts.themes import now
from bullion.charts.ticks import Ticks, log_ticks, ticks

_BOX = 78


@dataclass(frozen=True)
class Mark:
    """A value that is named above the bars."""

    at: float
    text: str
    side: str = "right"


@dataclass(frozen=True)
class Spread:
    """The bars of one panel: middles, heights, hovers.

    ``box``: places of the 5th, 25th, 75th and 95th percentile; ``marks``: median and mean;
    ``open_end``: whether the last bar is all above, and then hatched; ``curves``: a name, its
    places and heights, and how it is dashed.
    """

    at: Sequence[float]
    heights: Sequence[float]
    hovers: Sequence[str]
    title: str = ""
    keys: Keys | None = None
    box: Sequence[float] = ()
    marks: Sequence[Mark] = ()
    open_end: bool = False
    curves: Sequence[tuple[str, Sequence[float], Sequence[float], int, str]] = field(default=())
    words: str = ""


def distribution(
    panels: Sequence[Spread],
    *,
    places: Ticks,
    reach: tuple[float, float],
    axis: str,
    axis_y: str,
    height: int = 120,
) -> Picture:
    """Panels of bars under one another on one axis of sizes, whose ticks the chart gives."""
    heights = [height] * len(panels)
    figure = stacked(heights, [panel.title for panel in panels], shared=True)
    for place, panel in enumerate(panels, start=1):
        top = most_of([*panel.heights, *(v for c in panel.curves for v in c[2])], 1.0)
        _bars(figure, panel, place)
        _box(figure, panel, place, 1.14 * top)
        for number, mark in enumerate(panel.marks):
            _mark(figure, mark, place, top, number)
        title = axis_y if place == 1 else ""
        value_axis(figure, "y", 0.0, top, "count", title, most=3, room=0.62, row=place, col=1)
    figure.update_xaxes(range=list(reach), showgrid=True, **places)
    figure.update_xaxes(title={"text": axis}, row=len(panels), col=1)
    has_curves = any(panel.curves for panel in panels)
    figure.update_layout(
        bargap=0.06, margin_t=40 if panels[0].title else 24, margin_b=48 if has_curves else 16
    )
    said = [(panel.title, panel.words) for panel in panels]
    return Picture(figure, height_of(heights) + (32 if has_curves else 0), words_of(said))


def boxes(
    names: Sequence[str],
    quantiles: Sequence[Sequence[float]],
    hovers: Sequence[str],
    keys: Keys,
    *,
    axis: str,
    log: bool,
) -> Picture:
    """A box a name from its 5th, 25th, 50th, 75th and 95th percentile, the median written."""
    theme = now()
    columns = [floats([row[place] for row in quantiles]) for place in range(5)]
    figure = blank()
    figure.add_box(
        y=list(names),
        lowerfence=columns[0],
        q1=columns[1],
        median=columns[2],
        q3=columns[3],
        upperfence=columns[4],
        orientation="h",
        line={"color": theme.accents[0], "width": 2},
        fillcolor=faded(theme.accents[0], 0.3),
        showlegend=False,
        hoverinfo="skip",
        name="",
    )
    figure.add_scatter(
        y=list(names),
        x=columns[2],
        mode="markers",
        marker={"symbol": "line-ns", "size": 20, "line": {"width": 3, "color": theme.ink}},
        showlegend=False,
        name="Median",
        **hover(keys, hovers),
    )
    names_axis(figure, names)
    known = [value for row in quantiles for value in row if not is_missing(value)]
    low, high = (min(known), max(known)) if known else (0.0, 1.0)
    if log and low > 0:
        figure.update_xaxes(type="log", title={"text": axis}, **log_ticks(low, high))
    else:
        value_axis(figure, "x", min(0.0, low), high, "number", axis)
    words = [(name, said.split("<br>", 1)[-1]) for name, said in zip(names, hovers, strict=True)]
    return Picture(
        figure,
        _BOX * max(2, len(names)) + AXIS + MARGIN,
        words_of([(n.replace("<br>", ", "), s.replace("<br>", ", ")) for n, s in words]),
    )


def size_ticks(reach: float, most: int = 6) -> Ticks:
    """Ticks of money from nothing to ``reach``."""
    return ticks(0.0, reach, "money", most)


def money_range(low: Any, high: Any) -> str:
    """ "1k to 2k", or "7k and above" where there is no upper end."""
    return f"{money(low)} and above" if is_missing(high) else f"{money(low)} to {money(high)}"


def _bars(figure: go.Figure, panel: Spread, place: int) -> None:
    theme = now()
    last = len(panel.at) - 1
    shapes = ["/" if panel.open_end and each == last else "" for each in range(last + 1)]
    figure.add_bar(
        x=floats(panel.at),
        y=floats(panel.heights),
        name="",
        marker={
            "color": theme.accents[0],
            "pattern": {"shape": shapes, "bgcolor": theme.paper, "fgcolor": theme.accents[0]},
        },
        showlegend=False,
        row=place,
        col=1,
        **hover(panel.keys, panel.hovers),
    )
    for name, at, heights, accent, dash in panel.curves:
        figure.add_scatter(
            x=floats(at),
            y=floats(heights),
            mode="lines",
            name=name,
            line={"color": theme.accents[accent], "width": 2.5, "dash": dash},
            hoverinfo="skip",
            row=place,
            col=1,
        )


def _box(figure: go.Figure, panel: Spread, place: int, height: float) -> None:
    if not panel.box:
        return
    theme = now()
    ends = floats(panel.box)
    for pair, width, colour in (
        ((ends[0], ends[3]), 2, theme.muted),
        ((ends[1], ends[2]), 9, theme.accents[1]),
    ):
        figure.add_scatter(
            x=list(pair),
            y=[height, height],
            mode="lines",
            line={"color": colour, "width": width},
            hoverinfo="skip",
            showlegend=False,
            name="",
            row=place,
            col=1,
        )


def _mark(figure: go.Figure, mark: Mark, place: int, top: float, number: int) -> None:
    axis = "" if place == 1 else str(place)
    figure.add_shape(
        type="line",
        x0=mark.at,
        x1=mark.at,
        y0=0,
        y1=(1.3 + 0.2 * number) * top,
        xref=f"x{axis}",
        yref=f"y{axis}",
        line={"color": now().ink, "width": 2, "dash": "dot" if number else "solid"},
        layer="above",
    )
    figure.add_annotation(
        x=mark.at,
        y=(1.3 + 0.2 * number) * top,
        xref=f"x{axis}",
        yref=f"y{axis}",
        text=mark.text,
        xanchor="right" if mark.side == "left" else "left",
        xshift=-5 if mark.side == "left" else 5,
        yanchor="middle",
        font={"size": 11, "color": now().ink},
    )
