"""Estimates with intervals: filled where the model has found a difference, hollow where not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import pandas as pd
import plotly.graph_objects as go

from bullion.charts.forms.notes import Note, draw_notes
from bullion.charts.forms.parts import (
    AXIS,
    GAP,
    MARGIN,
    Keys,
    Picture,
    floats,
    hover,
    intervals,
    names_axis,
    stacked,
    value_axis,
    words_of,
)
from bullion.charts.themes import now
from bullion.charts.ticks import Kind, log_ticks

ROW = 32


@dataclass(frozen=True)
class Estimates:
    """The rows of one panel, from the top down.

    ``found``: the model's own verdict (is_significant); none where nothing is tested, and then
    all marks are filled. ``hovers`` say the whole row. ``twins``: second estimates on the same
    rows, hollow and grey. ``texts`` are written above the marks.
    """

    names: Sequence[str]
    values: Sequence[float]
    lows: Sequence[float]
    highs: Sequence[float]
    hovers: Sequence[str]
    title: str = ""
    found: Sequence[bool] | None = None
    keys: Keys | None = None
    twins: Sequence[float] = ()
    texts: Sequence[str] = ()
    notes: Sequence[Note] = field(default=())


def dot_intervals(
    panels: Sequence[Estimates],
    *,
    kind: Kind,
    axis: str,
    reference: float | None = None,
    log: bool = False,
    from_zero: bool = False,
    legend: tuple[str, str] = ("more than chance", "may be chance"),
    twin_name: str = "",
    shared: bool = True,
    row: int = ROW,
) -> Picture:
    """Panels under one another, a row an estimate.

    Args:
        panels: one or more, each with rows of its own.
        kind: how the ticks are written.
        axis: title of the value axis.
        reference: the value of no difference, drawn as a line.
        log: whether equal steps are equal ratios.
        from_zero: whether the axis begins at zero.
        legend: what filled and hollow marks are called.
        twin_name: what the hollow twins are called.
        shared: whether all panels have one scale.
        row: pixels of a row; more where names have two lines.
    """
    heights = [row * max(2, len(panel.names)) for panel in panels]
    titles = [panel.title for panel in panels]
    figure = stacked(heights, titles) if any(titles) else go.Figure()
    first = next((n for n, panel in enumerate(panels, 1) if panel.found is not None), 0)
    for place, panel in enumerate(panels, start=1):
        where = {"row": place, "col": 1} if any(titles) else {}
        _draw(figure, panel, where, legend, twin_name, is_first=place == first)
        names_axis(figure, panel.names, **where)
        ends = _ends(panels if shared else [panel], reference, from_zero, log)
        _scale(figure, ends, kind, axis if place == len(panels) or not shared else "", log, where)
        notes = list(panel.notes)
        if reference is not None:
            notes.append(Note(x=reference))
        draw_notes(figure, notes, place)
    tested = any(panel.found is not None for panel in panels)
    has_legend = tested or any(len(panel.twins) for panel in panels)
    figure.update_layout(margin_b=48 if has_legend else 16, margin_t=40 if any(titles) else 24)
    pairs = [
        (f"{panel.title} {name}".strip(), said.split("<br>", 1)[-1].replace("<br>", ", "))
        for panel in panels
        for name, said in zip(panel.names, panel.hovers, strict=True)
    ]
    total = sum(heights) + GAP * (len(heights) - 1) + AXIS + MARGIN + (32 if has_legend else 0)
    return Picture(figure, total, words_of(pairs))


def _draw(
    figure: go.Figure,
    panel: Estimates,
    where: dict[str, int],
    legend: tuple[str, str],
    twin_name: str,
    *,
    is_first: bool,
) -> None:
    theme = now()
    verdicts = [True] * len(panel.names) if panel.found is None else list(panel.found)
    if len(panel.twins):
        figure.add_scatter(
            x=floats(panel.twins),
            y=list(panel.names),
            mode="markers",
            name=twin_name,
            legendgroup="twin",
            showlegend=True,
            marker={
                "size": 9,
                "symbol": "diamond-open",
                "color": theme.neutral,
                "line": {"width": 1.5, "color": theme.neutral},
            },
            **hover(panel.keys, panel.hovers),
            **where,
        )
    places = _text_places(panel)
    for verdict in (True, False):
        rows = [place for place, each in enumerate(verdicts) if bool(each) is verdict]
        # An empty one stands in the legend too, so that hollow has its meaning.
        if not rows and (panel.found is None or not is_first):
            continue
        colour = theme.accents[0] if verdict else theme.neutral
        figure.add_scatter(
            x=[floats(panel.values)[row] for row in rows] or [None],
            y=[panel.names[row] for row in rows] or list(panel.names[:1]),
            mode="markers+text" if len(panel.texts) else "markers",
            text=[f"  {panel.texts[row]}" for row in rows] if len(panel.texts) else None,
            textposition=[places[row] for row in rows] or "top center",
            name=legend[0 if verdict else 1],
            legendgroup=str(verdict),
            showlegend=is_first,
            marker={
                "size": 10,
                "color": colour if verdict else theme.paper,
                "line": {"width": 2, "color": colour},
            },
            error_x=intervals(
                [panel.values[row] for row in rows],
                [panel.lows[row] for row in rows] if len(panel.lows) else (),
                [panel.highs[row] for row in rows] if len(panel.highs) else (),
                colour,
            ),
            cliponaxis=False,
            **(
                hover(
                    [panel.keys[row] for row in rows] if panel.keys else None,
                    [panel.hovers[row] for row in rows],
                )
                if rows
                else {"hoverinfo": "skip"}
            ),
            **where,
        )


def _text_places(panel: Estimates) -> list[str]:
    """Above each mark; near an edge of the panel on its inner side."""
    known = [
        v for vs in (panel.values, panel.lows, panel.highs) for v in floats(vs) if v is not None
    ]
    low, high = (min(known), max(known)) if known else (0.0, 1.0)
    edge = 0.1 * (high - low)
    return [
        "top right"
        if value is not None and value < low + edge
        else "top left"
        if value is not None and value > high - edge
        else "top center"
        for value in floats(panel.values)
    ]


def _ends(
    panels: Sequence[Estimates], reference: float | None, from_zero: bool, log: bool
) -> tuple[float, float]:
    found = [
        float(value)
        for panel in panels
        for values in (panel.values, panel.lows, panel.highs, panel.twins)
        for value in values
        if not pd.isna(value) and (not log or value > 0)
    ]
    found += [] if reference is None else [reference]
    found += [0.0] if from_zero else []
    return (min(found), max(found)) if found else (1.0, 2.0) if log else (0.0, 1.0)


def _scale(
    figure: go.Figure,
    ends: tuple[float, float],
    kind: Kind,
    title: str,
    log: bool,
    where: dict[str, int],
) -> None:
    low, high = ends
    if log:
        figure.update_xaxes(
            type="log", title={"text": title} if title else None, **log_ticks(low, high), **where
        )
        return
    edge = 0.06 * ((high - low) or 1.0)
    low = low if low == 0 and kind == "percent" else low - edge
    value_axis(figure, "x", low, high + edge, kind, title, **where)
