"""A bridge: from one amount to another in steps, with what stands between them joined."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import plotly.graph_objects as go

from bullion.charts.contrast import ink_for
from bullion.charts.forms.parts import (
    hover,
    most_of,
    names_axis,
    value_axis,
    words_of,
)
from bullion.charts.themes import now

_ROW = 44


@dataclass(frozen=True)
class Step:
    """A step: a change of an amount, or (``total``) the amount from nothing."""

    name: str
    amount: float
    text: str
    hover: str
    role: Literal["total", "good", "bad", "notice", "neutral"] = "neutral"


def add_bridge(figure: go.Figure, steps: Sequence[Step], axis: str, place: int = 1) -> None:
    """Draw the steps from the top down in the ``place``-th panel."""
    theme = now()
    colours = {
        "total": theme.accents[0],
        "good": theme.good,
        "bad": theme.bad,
        "notice": theme.notice,
        "neutral": theme.neutral,
    }
    names, level, base, ends = [step.name for step in steps], 0.0, [], []
    for step in steps:
        base.append(0.0 if step.role == "total" else level)
        level = step.amount if step.role == "total" else level + step.amount
        ends.append(level)
    most = most_of([max(start, end) for start, end in zip(base, ends, strict=True)])
    where = {"row": place, "col": 1}
    figure.add_bar(
        y=names,
        x=[end - start for start, end in zip(base, ends, strict=True)],
        base=base,
        orientation="h",
        width=0.62,
        marker={"color": [colours[step.role] for step in steps]},
        showlegend=False,
        name="",
        **hover([[name] for name in names], [step.hover for step in steps]),
        **where,
    )
    number = "" if place == 1 else str(place)
    for row, (step, start, end) in enumerate(zip(steps, base, ends, strict=True)):
        right = max(start, end)
        inside = right > 0.6 * most
        wide = abs(end - start) > 0.45 * most
        figure.add_annotation(
            x=right if not inside or wide else min(start, end),
            y=row,
            xref=f"x{number}",
            yref=f"y{number}",
            text=step.text,
            xanchor="right" if inside else "left",
            xshift=-6 if inside else 6,
            font={
                "size": 12,
                "color": ink_for(colours[step.role]) if inside and wide else theme.ink,
            },
        )
    for place_of, (name, end) in enumerate(zip(names[:-1], ends[:-1], strict=True)):
        figure.add_shape(
            type="line",
            x0=end,
            x1=end,
            y0=place_of,
            y1=place_of + 1,
            xref=f"x{number}",
            yref=f"y{number}",
            line={"color": theme.muted, "width": 1},
            layer="below",
            name=name,
        )
    value_axis(figure, "x", 0.0, most, "money", axis, most=4, room=0.02, **where)
    names_axis(figure, names, **where)


def bridge_height(steps: Sequence[Step]) -> int:
    """Pixels of the steps."""
    return _ROW * max(2, len(steps))


def bridge_words(steps: Sequence[Step]) -> str:
    """The steps in words."""
    return words_of([(step.name, step.text) for step in steps])
