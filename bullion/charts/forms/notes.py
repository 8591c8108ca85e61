"""What is written into a picture beside its marks: lines, bands, points, targets, events."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import pandas as pd
import plotly.graph_objects as go

from bullion.charts.contrast import faded
from bullion.charts.forms.parts import hover
from bullion.charts.themes import now

# Of a panel: more are one beside the other on a phone.
MOST_EVENTS = 24


@dataclass(frozen=True)
class Note:
    """One note: a line where only ``x`` or ``y`` is given, a band with its other end, a point
    where both are. A target is a dotted line."""

    text: str = ""
    x: Any = None
    y: Any = None
    x_to: Any = None
    y_to: Any = None
    kind: Literal["reference", "target", "notice"] = "reference"
    # Where a line's text stands along it: at its start or its end.
    at: Literal["start", "end"] = "end"
    # Where an upright line's text stands beside it.
    side: Literal["left", "right"] = "right"


def draw_notes(figure: go.Figure, notes: Sequence[Note], place: int = 1) -> None:
    """Draw notes in the ``place``-th panel."""
    number = "" if place == 1 else str(place)
    for note in notes:
        colour = now().notice if note.kind == "notice" else now().muted
        dash = {"reference": "dash", "target": "dot", "notice": "solid"}[note.kind]
        line = {"color": colour, "width": 1.5, "dash": dash}
        if note.x_to is not None or note.y_to is not None:
            _band(figure, note, number)
        elif note.x is not None and note.y is not None:
            _written(figure, note, number, {"xanchor": "left", "xshift": 6, "yshift": 12})
        elif note.x is not None:
            figure.add_shape(
                type="line",
                x0=note.x,
                x1=note.x,
                y0=0,
                y1=1,
                xref=f"x{number}",
                yref=f"y{number} domain",
                line=line,
            )
            low = note.at == "start"
            _written(
                figure,
                note,
                number,
                {
                    "yref": f"y{number} domain",
                    "y": 0 if low else 1,
                    "yanchor": "bottom" if low else "top",
                    "xanchor": "right" if note.side == "left" else "left",
                    "xshift": -5 if note.side == "left" else 5,
                },
            )
        elif note.y is not None:
            figure.add_shape(
                type="line",
                x0=0,
                x1=1,
                y0=note.y,
                y1=note.y,
                xref=f"x{number} domain",
                yref=f"y{number}",
                line=line,
            )
            _written(
                figure,
                note,
                number,
                {
                    "xref": f"x{number} domain",
                    "x": 0 if note.at == "start" else 1,
                    "xanchor": "left" if note.at == "start" else "right",
                    "yanchor": "bottom",
                },
            )


def draw_events(
    figure: go.Figure, events: Sequence[tuple[Any, str]], low: float, place: int = 1
) -> None:
    """Small marks on the lower edge of a panel, at ``low``, where something happened; none where
    so much happened that they would be a border."""
    if not events or len(events) > MOST_EVENTS:
        return
    figure.add_scatter(
        x=[at for at, _ in events],
        y=[low] * len(events),
        mode="markers",
        name="Events",
        marker={"symbol": "triangle-up", "size": 8, "color": now().neutral},
        cliponaxis=False,
        showlegend=False,
        row=place,
        col=1,
        **hover(None, [said for _, said in events]),
    )


def _band(figure: go.Figure, note: Note, number: str) -> None:
    over_x = note.x_to is not None
    figure.add_shape(
        type="rect",
        x0=note.x if over_x else 0,
        x1=note.x_to if over_x else 1,
        y0=0 if over_x else note.y,
        y1=1 if over_x else note.y_to,
        xref=f"x{number}" if over_x else f"x{number} domain",
        yref=f"y{number} domain" if over_x else f"y{number}",
        fillcolor=faded(now().neutral, 0.2),
        line={"width": 0},
        layer="below",
    )


def _written(figure: go.Figure, note: Note, number: str, where: dict[str, Any]) -> None:
    if note.text:
        placed: dict[str, Any] = {
            "x": f"{note.x:%Y-%m-%d}" if isinstance(note.x, pd.Timestamp) else note.x,
            "y": note.y,
            "xref": f"x{number}",
            "yref": f"y{number}",
            "align": "left",
            "bgcolor": now().paper,
            "font": {"size": 12, "color": now().muted},
        }
        figure.add_annotation(text=note.text, **{**placed, **where})
