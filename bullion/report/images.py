"""Charts as PNG and SVG files: by kaleido, which drives a browser."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import plotly.graph_objects as go

from bullion.errors import BullionError
from bullion.paths import install_command
from bullion.report.bank import Bank
from bullion.report.drawing import Drawn

WIDTH = 1200
FORMATS = ("png", "svg")
_INSTALL = (
    f"pictures need kaleido and a browser: {install_command('images')}, and Chromium or Chrome "
    "(Debian: apt-get install chromium). Each chart's page saves both as well."
)


def check_images() -> None:
    """Raise BullionError that says what to install when kaleido or a browser is missing."""
    try:
        import kaleido  # noqa: F401
        from choreographer.browsers.chromium import Chromium
    except ImportError as error:
        raise BullionError(_INSTALL) from error
    if not Chromium.find_browser(skip_local=False):
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
