"""plotly.js for the pages: the part of it that draws their charts, or the whole."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

# What ``python -m tools.plotly_part`` has put into the part; scatter is in any.
PART_TYPES = (
    "bar",
    "box",
    "funnel",
    "heatmap",
    "histogram",
    "indicator",
    "pie",
    "sankey",
    "scatter",
    "scatterpolar",
    "sunburst",
    "treemap",
    "violin",
    "waterfall",
)
PART = Path(__file__).with_name("plotly") / "plotly-part.min.js"


def banner(version: str) -> str:
    """The first line of the part."""
    return f"/* plotly.js v{version}, a part: MIT License, see LICENSE beside */"


def plotly_js(types: Iterable[str]) -> str:
    """plotly.js that draws traces of these types.

    The part is a third as large, and read as much faster. It has to be of the version that made the
    figures; where it is not, or lacks a type, it is the whole that plotly brings.
    """
    from plotly.offline import get_plotlyjs, get_plotlyjs_version

    if set(types) <= set(PART_TYPES):
        part = PART.read_text(encoding="utf-8")
        if part.startswith(banner(get_plotlyjs_version())):
            return part
    return get_plotlyjs()
