"""Charts as PNG and SVG files, without a page: by kaleido, which drives a browser."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from bullion.errors import BullionError
from bullion.report.figures import Drawn

WIDTH = 1200
FORMATS = ("png", "svg")
_INSTALL = (
    "pictures need kaleido and a browser: pip install -e '.[images]', and Chromium or Chrome "
    "(Debian: apt-get install chromium). Each chart's page saves both as well."
)


def write_images(figures: Sequence[Drawn], folder: Path) -> int:
    """Write ``<category>/<chart>.png`` and ``.svg`` under ``folder``; returns how many files.

    Raises BullionError that says what to install when kaleido or a browser is missing.
    """
    try:
        import kaleido
    except ImportError as error:
        raise BullionError(_INSTALL) from error
    wanted = []
    for drawn in figures:
        for kind in FORMATS:
            path = folder / drawn.chart.category / f"{drawn.chart.id}.{kind}"
            path.parent.mkdir(parents=True, exist_ok=True)
            wanted.append(
                {
                    "fig": drawn.figure,
                    "path": str(path),
                    "opts": {
                        "format": kind,
                        "width": WIDTH,
                        "height": int(drawn.figure.layout.height or 460),
                        "scale": 2 if kind == "png" else 1,
                    },
                }
            )
    try:
        # One browser for all of them; its errors have no common base.
        kaleido.write_fig_from_object_sync(wanted)
    except Exception as error:
        raise BullionError(f"{_INSTALL} ({type(error).__name__}: {error})") from error
    return len(wanted)
