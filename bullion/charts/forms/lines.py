"""Lines with their names at their ends, bands, odd points and notes, in one or more panels."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import pandas as pd
import plotly.graph_objects as go

from bullion.charts.contrast import faded
from bullion.charts.formats import SPACE
from bullion.charts.forms.notes import Note, draw_events, draw_notes
from bullion.charts.forms.parts import (
    LETTER,
    Keys,
    Picture,
    floats,
    height_of,
    hover,
    stacked,
    value_axis,
    words_of,
)
from bullion.charts.themes import now
from bullion.charts.ticks import Kind, date_ticks, log_ticks, ticks

# Pixels that two names at the ends of lines need between them.
APART = 17
# Days of half a month's bar.
HALF_BAR = 16


@dataclass(frozen=True)
class Line:
    """One line: places, values, what a hover says, and the name at its end.

    ``role``: an accent by its number, neutral, or the ink of letters. ``lows`` and ``highs``: a
    band around it. ``thin``: a line that stands behind the others. ``bars``: drawn as bars from
    zero instead.
    """

    name: str
    x: Sequence[Any]
    y: Sequence[float]
    hovers: Sequence[str]
    role: int | Literal["neutral", "ink", "good", "bad"] = 0
    lows: Sequence[float] = ()
    highs: Sequence[float] = ()
    thin: bool = False
    dash: str = "solid"
    shape: Literal["line", "step", "bars"] = "line"
    pale: Sequence[bool] = ()
    keys: Keys | None = None
    # What is said at the line's end; empty for nothing.
    end: str = ""

    @property
    def colour(self) -> str:
        """The colour of the moment's theme."""
        theme = now()
        if isinstance(self.role, int):
            return theme.accents[self.role]
        return {
            "neutral": theme.neutral,
            "ink": theme.ink,
            "good": theme.good,
            "bad": theme.bad,
        }[self.role]

    @property
    def letters(self) -> str:
        """The same for letters."""
        theme = now()
        if isinstance(self.role, int):
            return theme.accent_letters[self.role]
        return {
            "neutral": theme.muted,
            "ink": theme.ink,
            "good": theme.good_letters,
            "bad": theme.bad_letters,
        }[self.role]


@dataclass(frozen=True)
class Points:
    """Marks that stand out on the lines, some of them named."""

    name: str
    x: Sequence[Any]
    y: Sequence[float]
    hovers: Sequence[str]
    texts: Sequence[str] = ()
    positions: Sequence[str] = ()
    keys: Keys | None = None


@dataclass(frozen=True)
class Panel:
    """A panel of lines: its title, the axis of values, points, notes, and events below."""

    lines: Sequence[Line]
    kind: Kind
    axis: str = ""
    title: str = ""
    height: int = 280
    points: Sequence[Points] = ()
    notes: Sequence[Note] = field(default=())
    events: Sequence[tuple[Any, str]] = ()
    from_zero: bool = True
    high: float | None = None


def lines(
    panels: Sequence[Panel],
    *,
    x: Literal["date", "number", "percent", "count", "points", "log"] = "date",
    axis: str = "",
) -> Picture:
    """Panels of lines under one another on one axis of places."""
    figure = stacked([p.height for p in panels], [p.title for p in panels], shared=True)
    ends = [part for p in panels for each in p.lines for part in each.end.split("<br>")]
    room = max(map(len, ends), default=0)
    for place, panel in enumerate(panels, start=1):
        low, high = _reach(panel)
        for each in panel.lines:
            _line(figure, each, place)
        for points in panel.points:
            _points(figure, points, place)
        value_axis(figure, "y", low, high, panel.kind, panel.axis, room=0.12, row=place, col=1)
        _ends(figure, panel, place, high + 0.12 * (high - low) - low)
        draw_notes(figure, panel.notes, place)
        draw_events(figure, panel.events, low, place)
    _places(figure, panels, x, axis)
    figure.update_layout(
        margin_r=max(24, 14 + LETTER * room),
        margin_t=40 if panels[0].title else 24,
        barmode="relative",
        bargap=0.15,
    )
    return Picture(figure, height_of([panel.height for panel in panels]), _words(panels))


def _line(figure: go.Figure, line: Line, place: int) -> None:
    where = {"row": place, "col": 1}
    at = [f"{value:%Y-%m-%d}" if isinstance(value, pd.Timestamp) else value for value in line.x]
    if len(line.lows) and len(line.highs):
        figure.add_scatter(
            x=[*at, *at[::-1]],
            y=[*floats(line.highs), *floats(line.lows)[::-1]],
            mode="lines",
            line={"width": 0},
            fill="toself",
            fillcolor=faded(line.colour, 0.2),
            hoverinfo="skip",
            showlegend=False,
            name=f"{line.name}, 95{SPACE}% interval",
            **where,
        )
    if line.shape == "bars":
        pale = line.pale or [False] * len(at)
        figure.add_bar(
            x=at,
            y=floats(line.y),
            name=line.name,
            marker={"color": [faded(line.colour, 0.5) if each else line.colour for each in pale]},
            showlegend=False,
            **hover(line.keys, line.hovers),
            **where,
        )
        return
    figure.add_scatter(
        x=at,
        y=floats(line.y),
        mode="lines+markers" if len(at) < 3 else "lines",
        name=line.name,
        line={
            "color": faded(line.colour, 0.55) if line.thin else line.colour,
            "width": 1 if line.thin else 2.5,
            "dash": line.dash,
            "shape": "hv" if line.shape == "step" else "linear",
        },
        showlegend=False,
        **hover(line.keys, line.hovers),
        **where,
    )


def _points(figure: go.Figure, points: Points, place: int) -> None:
    theme = now()
    figure.add_scatter(
        x=list(points.x),
        y=floats(points.y),
        mode="markers+text" if points.texts else "markers",
        name=points.name,
        text=list(points.texts),
        textposition=list(points.positions) or "top center",
        textfont={"size": 12, "color": theme.ink},
        marker={"color": theme.notice, "size": 10, "line": {"color": theme.paper, "width": 1}},
        cliponaxis=False,
        showlegend=False,
        row=place,
        col=1,
        **hover(points.keys, points.hovers),
    )


def _reach(panel: Panel) -> tuple[float, float]:
    values = [
        float(value)
        for line in panel.lines
        for series in (line.y, line.lows, line.highs)
        for value in series
        if not pd.isna(value)
    ]
    values += [float(value) for each in panel.points for value in each.y if not pd.isna(value)]
    bars = [line for line in panel.lines if line.shape == "bars"]
    if bars:
        width = max(len(line.y) for line in bars)
        for sign in (1, -1):
            sums = [0.0] * width
            for line in bars:
                for place, value in enumerate(floats(line.y)):
                    sums[place] += value if value is not None and value * sign > 0 else 0.0
            values += sums
    values += [note.y for note in panel.notes if isinstance(note.y, int | float) and note.x is None]
    if not values:
        return 0.0, 1.0
    low, high = min(values), max(values)
    low = min(0.0, low) if panel.from_zero else low
    high = panel.high if panel.high is not None else max(high, 0.0) if panel.from_zero else high
    return low, high if high > low else low + (abs(low) or 1.0)


def _ends(figure: go.Figure, panel: Panel, place: int, reach: float) -> None:
    """The names at the lines' ends, pushed apart where they would lie on one another."""
    ends = []
    for line in panel.lines:
        known = [pair for pair in zip(line.x, floats(line.y), strict=True) if pair[1] is not None]
        if line.end and known:
            ends.append((float(known[-1][1] or 0.0), known[-1][0], line))
    ends.sort(key=lambda each: each[0])
    number = "" if place == 1 else str(place)
    # Beside the last bar, not on its middle.
    bars = any(line.shape == "bars" for line in panel.lines)
    edge = pd.Timedelta(days=HALF_BAR if bars else 0)
    apart, before = APART * reach / panel.height, -math.inf
    for value, at, line in ends:
        before = max(value, before + apart)
        figure.add_annotation(
            x=f"{at + edge:%Y-%m-%d}" if isinstance(at, pd.Timestamp) else at,
            y=before,
            xref=f"x{number}",
            yref=f"y{number}",
            text=line.end,
            xanchor="left",
            xshift=6,
            font={"size": 12, "color": line.letters},
        )


def _places(figure: go.Figure, panels: Sequence[Panel], x: str, axis: str) -> None:
    every = [value for panel in panels for line in panel.lines for value in line.x]
    known = [value for value in every if not pd.isna(value)]
    title = {"title": {"text": axis}} if axis else {}
    if x == "date":
        ends = (min(known), max(known)) if known else (pd.NaT, pd.NaT)
        # Names at the ends of lines would widen the axis.
        bars = any(line.shape == "bars" for panel in panels for line in panel.lines)
        edge = pd.Timedelta(days=HALF_BAR if bars else 1)
        reach = [f"{ends[0] - edge:%Y-%m-%d}", f"{ends[1] + edge:%Y-%m-%d}"] if known else None
        figure.update_xaxes(type="date", showgrid=False, range=reach, **date_ticks(*ends))
    elif x == "log":
        figure.update_xaxes(type="log", **(log_ticks(min(known), max(known)) if known else {}))
    else:
        low, high = (float(min(known)), float(max(known))) if known else (0.0, 1.0)
        high = high if high > low else low + 1.0
        figure.update_xaxes(type="linear", range=[low, high], **ticks(low, high, x, 6))  # type: ignore[arg-type]
    figure.update_xaxes(**title, row=len(panels), col=1)


def _words(panels: Sequence[Panel]) -> str:
    pairs = []
    for panel in panels:
        for line in panel.lines:
            known = [
                said
                for value, said in zip(line.y, line.hovers, strict=True)
                if said and not pd.isna(value)
            ]
            if known:
                first, last = (said.replace("<br>", ": ", 1) for said in (known[0], known[-1]))
                text = last if first == last else f"from {first} to {last}"
                pairs.append((f"{line.name}:", text.replace("<br>", ", ")))
        for points in panel.points:
            named = [text.replace("<br>", " ") for text in points.texts if text]
            if named:
                pairs.append((f"{points.name}:", ", ".join(named)))
    return words_of(pairs)
