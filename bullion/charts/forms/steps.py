"""Steps that fewer and fewer take: bars from the left, with counts and how long each took."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd
import plotly.graph_objects as go

from bullion.charts.forms.parts import (
    LETTER,
    floats,
    hover,
    most_of,
    names_axis,
    value_axis,
    words_of,
)
from bullion.charts.themes import now
from bullion.charts.ticks import Kind

# Pixels of a plot beside its names on a phone.
PHONE_PLOT = 215


@dataclass(frozen=True)
class Stage:
    """A stage: how many or how much reached it, what is written beside its bar, its hover."""

    name: str
    value: float
    text: str
    hover: str
    role: str = "accent"


def add_steps(
    figure: go.Figure, stages: Sequence[Stage], kind: Kind, axis: str, place: int = 1
) -> None:
    """Draw the stages from the top down in the ``place``-th panel."""
    theme = now()
    colours = {"accent": theme.accents[0], "good": theme.good, "bad": theme.bad}
    names = [stage.name for stage in stages]
    where = {"row": place, "col": 1}
    figure.add_bar(
        y=names,
        x=floats([stage.value for stage in stages]),
        orientation="h",
        width=0.62,
        marker={"color": [colours[stage.role] for stage in stages]},
        showlegend=False,
        name=axis,
        **hover([[name] for name in names], [stage.hover for stage in stages]),
        **where,
    )
    number = "" if place == 1 else str(place)
    for row, stage in enumerate(stages):
        # On paper of its own, since a target's line may cross it.
        figure.add_annotation(
            x=most_of([stage.value]),
            y=row,
            xref=f"x{number}",
            yref=f"y{number}",
            text=stage.text,
            xanchor="left",
            align="left",
            xshift=6,
            bgcolor=theme.paper,
        )
    top = most_of([stage.value for stage in stages]) or 1.0
    value_axis(figure, "x", 0.0, top, kind, axis, most=3, room=_room(stages, top), **where)
    names_axis(figure, names, **where)


def _room(stages: Sequence[Stage], top: float) -> float:
    """The part of the axis that the texts need after their bars on a phone."""
    ends = [
        max(0.0, stage.value / top) / (1 - min(0.7, LETTER * len(stage.text) / PHONE_PLOT))
        for stage in stages
        if not pd.isna(stage.value)
    ]
    return max(0.6, max(ends, default=1.0) - 1)


def steps_words(stages: Sequence[Stage]) -> str:
    """The stages in words."""
    return words_of([(stage.name, stage.text) for stage in stages])
