"""Rates on one scale: the value as a bar, a stroke for a year ago, a diamond for the target."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bullion.charts.formats import is_missing, percent, points
from bullion.charts.forms.parts import (
    AXIS,
    MARGIN,
    Picture,
    blank,
    floats,
    hover,
    most_of,
    names_axis,
    value_axis,
    words_of,
)
from bullion.charts.themes import now

_ROW = 52
# Of the axis, what a written rate takes on a phone.
_TEXT = 0.25


@dataclass(frozen=True)
class Bullet:
    """A rate as a fraction, what it is of, and what it is set against (None: nothing)."""

    name: str
    column: str
    value: float | None
    before: float | None = None
    target: float | None = None
    over: str = ""


def bullets(rows: Sequence[Bullet], axis: str) -> Picture:
    """One row a rate, from zero on one scale."""
    theme = now()
    names = [row.name for row in rows]
    figure = blank()
    keys = [[row.column] for row in rows]
    said = [_said(row) for row in rows]
    figure.add_bar(
        y=names,
        x=floats([row.value for row in rows]),
        orientation="h",
        name="Now",
        width=0.42,
        marker={"color": theme.accents[0]},
        showlegend=False,
        **hover(keys, said),
    )
    for column, name, marker in (
        ("before", "A year ago", {"symbol": "line-ns", "size": 22, "line_width": 3}),
        ("target", "Target", {"symbol": "diamond-open", "size": 11, "line_width": 2}),
    ):
        places = [row for row in range(len(rows)) if not is_missing(getattr(rows[row], column))]
        if places:
            colour = theme.ink if column == "before" else theme.notice
            figure.add_scatter(
                y=[names[place] for place in places],
                x=[getattr(rows[place], column) for place in places],
                mode="markers",
                name=name,
                marker={**_marker(marker), "color": colour, "line": _line(marker, colour)},
                **hover([keys[place] for place in places], [said[place] for place in places]),
            )
    every = [each for row in rows for each in (row.value, row.before, row.target)]
    most = most_of(every, 0.01)
    value_axis(figure, "x", 0.0, most, "percent", axis, room=0.25)
    names_axis(figure, names)
    figure.update_layout(
        margin_b=48,
        annotations=[
            {
                "x": _after(row, most),
                "y": place,
                "text": percent(row.value),
                "xanchor": "left",
                "xshift": 8,
            }
            for place, row in enumerate(rows)
        ],
    )
    spoken = [each.split("<br>", 1)[1].replace("<br>", ", ") for each in said]
    pairs = list(zip(names, spoken, strict=True))
    return Picture(figure, _ROW * max(2, len(rows)) + AXIS + MARGIN + 30, words_of(pairs))


def _after(row: Bullet, most: float) -> float:
    """Where the value is written: after the bar, and after a stroke that would lie on it."""
    at = most_of([row.value])
    for stroke in sorted(floats([row.before, row.target]), key=lambda each: each or 0.0):
        if stroke is not None and at <= stroke <= at + _TEXT * most:
            at = stroke
    return at


def _said(row: Bullet) -> str:
    parts = [f"<b>{row.name}</b>", f"{percent(row.value)}{f' {row.over}' if row.over else ''}"]
    if not is_missing(row.before):
        parts.append(f"{percent(row.before)} a year ago")
        if not is_missing(row.value):
            parts[-1] += f" ({points(float(row.value or 0) - float(row.before or 0))})"
    if not is_missing(row.target):
        parts.append(f"target {percent(row.target)}")
    return "<br>".join(parts)


def _marker(marker: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in marker.items() if key != "line_width"}


def _line(marker: dict[str, Any], colour: str) -> dict[str, Any]:
    return {"color": colour, "width": marker["line_width"]}
