"""Colours by role: a light and a dark theme, and which of them is drawn in.

A chart names roles only (``now().accents[0]``, ``now().muted``), never a colour; no other module
may hold one. The page draws each chart in both themes and keeps the second as a patch of the first.
Accents differ by a CIEDE2000 distance of 15 or more for eyes without green or red cones too, and
have a contrast of 3:1 with their paper; letters have 4.5:1.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

# Places 0 to 1 and their colours.
Scale = tuple[tuple[float, str], ...]


@dataclass(frozen=True)
class Theme:
    """The colours of one theme by role.

    ``accents``: marks that are told apart by colour; ``accent_letters``: the same for letters on
    paper. ``neutral``: marks that say nothing (not significant, the others). ``good``, ``bad``,
    ``notice``: what went well, what did not, what to look at; each with letters. ``sequential``:
    from little to much, little nearest to the paper; ``diverging``: from below through none to
    above.
    """

    name: str
    ink: str
    muted: str
    paper: str
    grid: str
    accents: tuple[str, ...]
    accent_letters: tuple[str, ...]
    neutral: str
    good: str
    good_letters: str
    bad: str
    bad_letters: str
    notice: str
    notice_letters: str
    sequential: Scale
    diverging: Scale


LIGHT = Theme(
    name="light",
    ink="#1F2937",
    muted="#4B5563",
    paper="#FFFFFF",
    grid="#E5E7EB",
    accents=("#0072B2", "#F46114", "#19A382", "#940B52", "#624F09"),
    accent_letters=("#00629A", "#B23F00", "#00755A", "#940B52", "#624F09"),
    neutral="#8494AC",
    good="#19A382",
    good_letters="#00755A",
    bad="#C01F2F",
    bad_letters="#A8071A",
    notice="#F46114",
    notice_letters="#B23F00",
    sequential=((0.0, "#E8F1F8"), (0.5, "#5BA0CC"), (1.0, "#00466E")),
    diverging=((0.0, "#B84A08"), (0.5, "#F3F4F6"), (1.0, "#005A8C")),
)
DARK = Theme(
    name="dark",
    ink="#E5E7EB",
    muted="#AAB2C0",
    paper="#111827",
    grid="#374151",
    accents=("#389EF0", "#F45E12", "#23CF94", "#F01EA5", "#F9DD4B"),
    accent_letters=("#6DB8E8", "#F7915C", "#5FD3AA", "#F58BCF", "#F9DD4B"),
    neutral="#8A93A3",
    good="#23CF94",
    good_letters="#5FD3AA",
    bad="#E5484D",
    bad_letters="#FF9D94",
    notice="#F45E12",
    notice_letters="#F7915C",
    sequential=((0.0, "#16263A"), (0.5, "#2F6FA3"), (1.0, "#BFE0FA")),
    diverging=((0.0, "#F7915C"), (0.5, "#263245"), (1.0, "#6DB8E8")),
)
THEMES = (LIGHT, DARK)
# Letters on a mark or a cell, whichever of the two is read better there.
BLACK, WHITE = "#000000", "#FFFFFF"

_current: ContextVar[Theme] = ContextVar("theme", default=LIGHT)


def now() -> Theme:
    """The theme that is drawn in; light unless :func:`drawn_in` says otherwise."""
    return _current.get()


@contextmanager
def drawn_in(theme: Theme) -> Iterator[Theme]:
    """Draw what is drawn within in that theme."""
    token = _current.set(theme)
    try:
        yield theme
    finally:
        _current.reset(token)
