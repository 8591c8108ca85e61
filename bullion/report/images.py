"""Charts as PNG and SVG files, without a page: by kaleido, which drives a browser."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from bullion.errors import BullionError
from bullion.paths import install_command
from bullion.report.figures import Drawn

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


def write_images(figures: Sequence[Drawn], folder: Path) -> int:
    """Write ``<category>/<chart>.png`` and ``.svg`` under ``folder``; returns how many files.

    Call :func:`check_images` first. Raises BullionError when the browser fails.
    """
    import kaleido

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
        # One browser for all of them. MathJax would come from the network, and no chart needs it.
        kaleido.write_fig_from_object_sync(wanted, kopts={"mathjax": False})
    except Exception as error:  # its errors have no common base
        words = str(error).strip().splitlines() or [type(error).__name__]
        raise BullionError(f"The browser could not draw the pictures: {words[0]}") from error
    return len(wanted)
