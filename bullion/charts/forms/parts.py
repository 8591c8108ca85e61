"""What the forms share: a picture with its words, panels, hovers, axes."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from typing import Any, NamedTuple

import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from bullion.charts.template import template
from bullion.charts.themes import now
from bullion.charts.ticks import Kind, ticks
from bullion.charts.view import Card, Strength, View

Keys = Sequence[Sequence[Any]]
# Pixels between two panels: the title of the lower one, and the ticks of the upper one.
GAP = 64
# Pixels of a row of names, of the axis beneath and of the margins.
ROW, AXIS, MARGIN = 30, 56, 40
# Characters that fit beside a plot on a phone, and the pixels of one.
LETTER = 7


class Picture(NamedTuple):
    """A drawn form: its figure, its height in pixels and what it shows in words."""

    figure: go.Figure
    height: int
    words: str

    def view(
        self,
        finding: str,
        n: str,
        strength: Strength = Strength.STRONG,
        *,
        keys: Sequence[str] = (),
        cards: Sequence[Card] = (),
        window: str = "",
        notes: Sequence[str] = (),
    ) -> View:
        """The view of this picture, its words as the alternative text."""
        return View(
            self.figure,
            finding,
            window,
            n,
            strength,
            alt=_plain(self.words),
            keys=tuple(keys),
            cards=tuple(cards),
            height=self.height,
            notes=tuple(notes),
        )


def blank() -> go.Figure:
    """A figure with the template of the moment's theme: Plotly copies one into every figure, and
    copying twice takes longer than drawing."""
    return go.Figure(layout={"template": template(now())})


def stacked(heights: Sequence[int], titles: Sequence[str], *, shared: bool = False) -> go.Figure:
    """Panels under one another of these heights in pixels, each with its title at the left."""
    total = sum(heights) + GAP * (len(heights) - 1)
    figure = make_subplots(
        figure=blank(),
        rows=len(heights),
        cols=1,
        row_heights=list(heights),
        vertical_spacing=GAP / total if len(heights) > 1 else 0,
        subplot_titles=[f"<b>{title}</b>" for title in titles],
        shared_xaxes=shared,
    )
    _titles_left(figure)
    return figure


def beside(titles: Sequence[str], widths: Sequence[float] | None = None) -> go.Figure:
    """Panels beside one another on the same rows."""
    figure = make_subplots(
        figure=blank(),
        rows=1,
        cols=len(titles),
        shared_yaxes=True,
        horizontal_spacing=0.05,
        column_widths=list(widths) if widths else None,
        subplot_titles=[f"<b>{title}</b>" for title in titles],
    )
    for place, note in enumerate(figure.layout.annotations, start=1):
        axis = figure.layout["xaxis" if place == 1 else f"xaxis{place}"]
        note.update(x=axis.domain[0], xanchor="left", font={"size": 13, "color": now().ink})
    return figure


def height_of(heights: Sequence[int]) -> int:
    """The height of stacked panels with margins and the lowest axis."""
    return sum(heights) + GAP * (len(heights) - 1) + AXIS + MARGIN


def hover(keys: Keys | None, sentences: Sequence[str]) -> dict[str, Any]:
    """Customdata of keys and a sentence a mark, and the hover that says the sentence."""
    rows = [list(each) for each in keys] if keys else [[] for _ in sentences]
    width = len(rows[0]) if rows else 0
    return {
        "customdata": [[*key, said] for key, said in zip(rows, sentences, strict=True)],
        "hovertemplate": f"%{{customdata[{width}]}}<extra></extra>",
    }


def names_axis(figure: go.Figure, names: Sequence[str], **place: int) -> None:
    """The y axis as names from the top down."""
    figure.update_yaxes(
        type="category",
        categoryorder="array",
        categoryarray=list(names),
        range=[len(names) - 0.4, -0.6],
        showgrid=False,
        tickfont={"color": now().ink, "size": 12},
        **place,
    )


def value_axis(
    figure: go.Figure,
    axis: str,
    low: float,
    high: float,
    kind: Kind,
    title: str = "",
    *,
    most: int = 5,
    room: float = 0.0,
    **place: int,
) -> None:
    """A numeric axis from ``low`` to ``high``, with ``room`` (a part of its length) above."""
    if pd.isna(low) or pd.isna(high):
        low, high = 0.0, 1.0
    if high <= low:
        high = low + (abs(low) or 1.0)
    update = figure.update_xaxes if axis == "x" else figure.update_yaxes
    update(
        type="linear",
        range=[low, high + room * (high - low)],
        title={"text": title} if title else None,
        **ticks(low, high, kind, most),
        **place,
    )


def words_of(pairs: Sequence[tuple[str, str]], most: int = 12) -> str:
    """ "A 12; B 10; and 4 more", for who cannot see the picture."""
    said = [f"{name} {text}".strip() for name, text in pairs[:most]]
    if len(pairs) > most:
        said.append(f"and {len(pairs) - most} more")
    return "; ".join(said)


def floats(values: Sequence[Any]) -> list[float | None]:
    """Values as JSON takes them, null where they are missing."""
    return [None if pd.isna(value) else float(value) for value in values]


def intervals(
    values: Sequence[Any], lows: Sequence[Any], highs: Sequence[Any], colour: str
) -> dict[str, Any] | None:
    """Plotly's error_x or error_y for estimates with intervals; none where there are no bounds,
    and none on the mark whose bound is missing."""
    if not len(lows) or not len(highs):
        return None
    middle, low, high = (pd.Series(each, dtype="float64") for each in (values, lows, highs))
    return {
        "type": "data",
        "symmetric": False,
        "array": floats((high - middle).clip(lower=0).tolist()),
        "arrayminus": floats((middle - low).clip(lower=0).tolist()),
        "thickness": 2,
        "width": 5,
        "color": colour,
    }


def most_of(values: Sequence[Any], least: float = 0.0) -> float:
    """The largest value that is there, ``least`` where none is larger."""
    known = [float(value) for value in values if not pd.isna(value)]
    return max([least, *known])


def _plain(text: str) -> str:
    """Words without the markup that pictures have."""
    return html.unescape(re.sub(r"</?(?:b|span)[^>]*>", "", text.replace("<br>", " "))).strip()


def _titles_left(figure: go.Figure) -> None:
    for note in figure.layout.annotations:
        note.update(
            x=0, xref="paper", xanchor="left", yshift=6, font={"size": 13, "color": now().ink}
        )
