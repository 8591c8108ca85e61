"""Charts as PNG and SVG files: by kaleido, which drives a browser."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import plotly.graph_objects as go

from bullion.charts.themes import LIGHT
from bullion.errors import BullionError
from bullion.paths import install_command
from bullion.report.bank import Bank
from bullion.report.drawing import Drawn
from bullion.report.interim import template

WIDTH = 1200
FORMATS = ("png", "svg")
# Of a still: about a card of the page.
STILL_WIDTH = 640
_INSTALL = (
    f"pictures need kaleido and a browser: {install_command('images')}, and Chromium or Chrome "
    "(Debian: apt-get install chromium). Each chart's page saves both as well."
)
# Digits that a picture of some hundred pixels does not need.
_LONG = re.compile(r"(\.\d\d)\d+")


def has_browser() -> bool:
    """Whether kaleido and a browser are there."""
    try:
        import kaleido  # noqa: F401
        from choreographer.browsers.chromium import Chromium
    except ImportError:
        return False
    return bool(Chromium.find_browser(skip_local=False))


def check_images() -> None:
    """Raise BullionError that says what to install when kaleido or a browser is missing."""
    if not has_browser():
        raise BullionError(_INSTALL)


def write_images(figures: Sequence[Drawn], folder: Path, bank: Bank) -> int:
    """Write ``<category>/<chart>.png`` and ``.svg`` under ``folder``; returns how many files.

    Call :func:`check_images` first. Raises BullionError when the browser fails.
    """
    wanted = []
    for drawn in figures:
        figure = drawn.picture(f"Source: {bank.source} · {drawn.chart.model}")
        place = folder / drawn.chart.category
        place.mkdir(parents=True, exist_ok=True)
        for kind in FORMATS:
            path = place / f"{drawn.chart.id}.{kind}"
            wanted.append(_order(figure, path, WIDTH, int(figure.layout.height)))
    _draw(wanted)
    return len(wanted)


def write_stills(figures: Sequence[Drawn], folder: Path) -> None:
    """Write ``<chart>.svg``, without title, for pages that have not drawn it (yet).

    Call :func:`check_images` first. Raises BullionError when the browser fails.
    """
    paths = []
    wanted = []
    for drawn in figures:
        figure = go.Figure(drawn.view.figure)
        figure.update_layout(template=template(LIGHT))
        paths.append(folder / f"{drawn.chart.id}.svg")
        wanted.append(_order(figure, paths[-1], STILL_WIDTH, drawn.view.height))
    _draw(wanted)
    for path in paths:
        path.write_text(_LONG.sub(r"\1", path.read_text(encoding="utf-8")), encoding="utf-8")


def _order(figure: go.Figure, path: Path, width: int, height: int) -> dict[str, Any]:
    kind = path.suffix[1:]
    options = {"format": kind, "width": width, "height": height, "scale": 2 if kind == "png" else 1}
    return {"fig": figure, "path": str(path), "opts": options}


def _draw(wanted: Sequence[dict[str, Any]]) -> None:
    import kaleido

    if not wanted:
        return
    try:
        # One browser for all of them. MathJax would come from the network, and no chart needs it.
        kaleido.write_fig_from_object_sync(wanted, kopts={"mathjax": False})
    except Exception as error:  # its errors have no common base
        words = str(error).strip().splitlines() or [type(error).__name__]
        raise BullionError(f"The browser could not draw the pictures: {words[0]}") from error
