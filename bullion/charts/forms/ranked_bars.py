"""Bars in order, one panel a measure, the value written on each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from bullion.charts.forms.parts import (
    AXIS,
    MARGIN,
    ROW,
    Keys,
    Picture,
    beside,
    floats,
    hover,
    intervals,
    most_of,
    names_axis,
    value_axis,
    words_of,
)
from bullion.charts.themes import now
from bullion.charts.ticks import Kind


@dataclass(frozen=True)
class Bars:
    """The bars of one panel: a value, a text and a hover a row; rows of ``quiet`` say nothing by
    their colour. ``form``: bars from zero, or dots, with intervals where there are ``lows`` and
    ``highs``."""

    title: str
    values: Sequence[float]
    texts: Sequence[str]
    hovers: Sequence[str]
    kind: Kind
    axis: str
    quiet: Sequence[bool] = ()
    form: str = "bars"
    accent: int = 0
    # Part of the axis that is kept free for the texts after the bars.
    room: float = 0.42
    lows: Sequence[float] = ()
    highs: Sequence[float] = ()


def ranked_bars(
    names: Sequence[str],
    panels: Sequence[Bars],
    keys: Keys | None = None,
    *,
    shared: bool = False,
    widths: Sequence[float] | None = None,
) -> Picture:
    """Panels of bars beside one another on the same names, from the top down.

    ``shared``: all panels on one scale.
    """
    figure = beside([panel.title for panel in panels], widths)
    theme = now()
    most = most_of([value for panel in panels for value in panel.values])
    least = min(0.0, *(-most_of([-v for v in floats(p.values) if v is not None]) for p in panels))
    most_ticks = 2 if len(panels) > 1 else 4
    for place, panel in enumerate(panels, start=1):
        quiet = panel.quiet or [False] * len(names)
        colours = [theme.neutral if each else theme.accents[panel.accent] for each in quiet]
        shared_marks = {
            "y": list(names),
            "x": floats(panel.values),
            "text": [f"{text} " for text in panel.texts],
            "cliponaxis": False,
            "showlegend": False,
            "name": panel.title,
            "row": 1,
            "col": place,
            **hover(keys, panel.hovers),
        }
        if panel.form == "dots":
            figure.add_scatter(
                mode="markers+text",
                textposition="top center",
                marker={"color": colours, "size": 9},
                error_x=intervals(panel.values, panel.lows, panel.highs, theme.muted),
                **shared_marks,
            )
        else:
            texts = shared_marks.pop("text")
            figure.add_bar(orientation="h", marker={"color": colours}, **shared_marks)
            # After the bar, and after zero where the bar lies before it.
            figure.add_scatter(
                x=[None if each is None else max(each, 0.0) for each in floats(panel.values)],
                y=list(names),
                mode="text",
                text=[f" {text}" for text in texts],
                textposition="middle right",
                textfont={"size": 12},
                cliponaxis=False,
                hoverinfo="skip",
                showlegend=False,
                name="",
                row=1,
                col=place,
            )
        own = most if shared else most_of([*panel.values, *panel.highs])
        low = least if shared else -most_of([-v for v in floats(panel.values) if v is not None])
        top = own if own > 0 or low < 0 else 1.0
        value_axis(
            figure,
            "x",
            low,
            top,
            panel.kind,
            panel.axis,
            most=most_ticks,
            room=panel.room,
            row=1,
            col=place,
        )
    figure.update_yaxes(showticklabels=False)
    names_axis(figure, names)
    figure.update_yaxes(showticklabels=True, row=1, col=1)
    figure.update_layout(margin_t=44)
    pairs = [
        (name, ", ".join(f"{panel.axis.lower()} {panel.texts[row]}" for panel in panels))
        for row, name in enumerate(names)
        if not all(pd.isna(panel.values[row]) for panel in panels)
    ]
    return Picture(figure, ROW * max(3, len(names)) + AXIS + MARGIN + 20, words_of(pairs))
