"""What can be read on a colour, and colours between two of the theme's."""

from __future__ import annotations

from itertools import pairwise

from bullion.charts.themes import BLACK, WHITE, Scale, now


def ink_for(colour: str) -> str:
    """Black or white, whichever is read better on a colour."""
    return BLACK if contrast(BLACK, colour) >= contrast(WHITE, colour) else WHITE


def contrast(one: str, other: str) -> float:
    """The contrast of two colours, 1 to 21 (WCAG 2)."""
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


def at(place: float, scale: Scale | None = None) -> str:
    """The colour at a place of a scale, between its colours as Plotly mixes them."""
    scale = scale or now().sequential
    place = min(max(place, scale[0][0]), scale[-1][0])
    (low, under), (high, over) = next(pair for pair in pairwise(scale) if place <= pair[1][0])
    return mixed(under, over, (place - low) / (high - low))


def faded(colour: str, part: float = 0.25) -> str:
    """So much of a colour on the theme's paper."""
    return mixed(now().paper, colour, part)


def mixed(one: str, other: str, part: float) -> str:
    """A colour with ``part`` of the other."""
    pairs = zip(channels(one), channels(other), strict=True)
    return "#" + "".join(f"{round(255 * (a + part * (b - a))):02X}" for a, b in pairs)


def channels(colour: str) -> list[float]:
    """Red, green and blue, each 0 to 1, of a colour in hexadecimal digits."""
    return [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]


def _luminance(colour: str) -> float:
    weights = (0.2126, 0.7152, 0.0722)
    return sum(
        weight * _linear(channel) for weight, channel in zip(weights, channels(colour), strict=True)
    )


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4
