"""What a person reads in a figure: its texts, and the colours of its marks."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import plotly.graph_objects as go

from bullion.charts.themes import BLACK, WHITE, Theme

NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?")
_COLOUR = re.compile(r"#[0-9A-Fa-f]{6}")
_TEXTS = {"text", "ticktext", "name", "customdata", "prefix", "suffix", "labels"}


def numbers_in(text: str) -> set[str]:
    """Every number of a text, as it is written."""
    return {found.rstrip(",") for found in NUMBER.findall(text)}


def parts_of(figure: go.Figure) -> dict[str, Any]:
    """The figure as JSON without its template."""
    found: dict[str, Any] = json.loads(figure.to_json(validate=False))
    found["layout"].pop("template", None)
    return found


def texts_of(figure: go.Figure) -> list[str]:
    """Texts of marks, ticks, titles, notes, legends and hovers."""
    found = [*_strings(parts_of(figure))]
    for trace in figure.select_traces("indicator"):
        digits = int((trace.number.valueformat or ",.0f")[2])
        shown = "" if trace.value is None else f"{trace.value:,.{digits}f}"
        found.append(f"{trace.number.prefix or ''}{shown}{trace.number.suffix or ''}")
    return found


def mark_colours(figure: go.Figure, theme: Theme) -> set[str]:
    """Colours of marks that stand for something: not ink, paper, grid or one that is faded."""
    quiet = {theme.ink, theme.muted, theme.paper, theme.grid, BLACK, WHITE}
    roles = {*theme.accents, theme.neutral, theme.good, theme.bad, theme.notice}
    found: set[str] = set()
    for trace in parts_of(figure)["data"]:
        for key in ("marker", "line", "connector", "increasing", "decreasing", "totals"):
            found |= set(_COLOUR.findall(json.dumps(trace.get(key, {}))))
    return {colour for colour in found if colour in roles} - quiet


def _strings(value: Any, key: str = "") -> Iterator[str]:
    if isinstance(value, str):
        if key in _TEXTS:
            yield value
    elif isinstance(value, dict):
        for name, each in value.items():
            yield from _strings(each, name)
    elif isinstance(value, list):
        for each in value:
            yield from _strings(each, key)
