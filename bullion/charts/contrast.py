"""What can be read on a colour."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from bullion.charts.theme import SEQUENTIAL

# Names and not hexadecimal digits: these two stay when the page is dark, like the scale.
BLACK, WHITE = "black", "white"
# On this relative luminance black and white have the same contrast, 4.6:1.
_EVEN = 0.179


def ink_on(place: float, scale: Sequence[tuple[float, str]] = SEQUENTIAL) -> str:
    """Black or white, whichever is read better on a place (0..1) of a colour scale."""
    weights = (0.2126, 0.7152, 0.0722)
    light = sum(
        weight * _linear(channel)
        for weight, channel in zip(weights, _blend(place, scale), strict=True)
    )
    return BLACK if light > _EVEN else WHITE


def _blend(place: float, scale: Sequence[tuple[float, str]]) -> list[float]:
    """Red, green and blue (0..1) at a place of a scale, between its colours as Plotly does."""
    place = min(max(place, scale[0][0]), scale[-1][0])
    (low, under), (high, over) = next(pair for pair in pairwise(scale) if place <= pair[1][0])
    part = (place - low) / (high - low)
    return [a + part * (b - a) for a, b in zip(_channels(under), _channels(over), strict=True)]


def _channels(colour: str) -> list[float]:
    return [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4
